#!/bin/sh
# Serves a folder over HTTP, in the foreground. The first process of a container has to see to signals itself.
httpd -f -v -p "$PORT" -h "$1" &
server=$!
trap 'kill $server; exit 0' INT TERM
echo "serving $1 on port $PORT"
wait $server
