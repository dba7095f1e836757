#!/bin/sh
# Serves a folder over HTTP, in the foreground.
echo "serving $1 on port $PORT"
exec httpd -f -v -p "$PORT" -h "$1"
