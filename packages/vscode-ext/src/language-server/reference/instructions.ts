import { addFlags, copyFlags, fromFlags, healthcheckFlags, runFlags } from './flags.js';
import type { FlagDoc, InstructionDoc, Parameter, Signature } from './reference.js';

const signature = (...parameters: readonly (readonly [label: string, summary: string])[]): Signature => ({ parameters: parameters.map(([label, summary]): Parameter => ({ label, summary })) });

interface Details {
  readonly summary: string;
  readonly details: string;
  readonly snippet: string;
  readonly signatures: readonly Signature[];
  readonly flags?: readonly FlagDoc[];
  readonly deprecated?: true;
}

const instruction = (name: string, { flags = [], ...rest }: Details): InstructionDoc => ({ name, anchor: name.toLowerCase(), flags, ...rest });

const json = ['["PROGRAM", "ARGUMENT", …]', 'JSON: the program itself, no shell, nothing expanded'] as const;
const shellLine = ['COMMAND', 'a line for the shell'] as const;

export const instructionDocs: readonly InstructionDoc[] = [
  instruction('FROM', {
    summary: 'Begins a stage on a base image.',
    details: 'Every build stage begins with it. `scratch` is the empty image; the name of an earlier stage continues that stage. Only ARGs from above the first FROM are known here.',
    snippet: 'FROM ${1:image}:${2:tag}',
    signatures: [signature(['IMAGE', 'image with tag or digest, an earlier stage, or scratch'], ['AS', 'names the stage'], ['NAME', 'what other stages call it'])],
    flags: fromFlags,
  }),
  instruction('RUN', {
    summary: 'Runs a command; what it changes becomes a layer.',
    details: 'The shell form goes to the shell (`/bin/sh -c`, or what SHELL says), the JSON form runs the program itself. With `<<EOF` the lines below are the script. ARG and ENV are in its environment.',
    snippet: 'RUN ${1:command}',
    signatures: [signature(shellLine), signature(json), signature(['<<EOF', 'the lines down to EOF are the script'])],
    flags: runFlags,
  }),
  instruction('CMD', {
    summary: 'What a container runs when it is told nothing else.',
    details: 'With an ENTRYPOINT in JSON form these are its default arguments. Only the last CMD counts. The shell form runs below a shell, which does not pass signals on.',
    snippet: 'CMD ["${1:program}"]',
    signatures: [signature(json), signature(shellLine)],
  }),
  instruction('ENTRYPOINT', {
    summary: 'The program that a container always runs.',
    details: 'Arguments of `run` and those of CMD come behind it. In shell form both are ignored, and signals do not reach the program.',
    snippet: 'ENTRYPOINT ["${1:program}"]',
    signatures: [signature(json), signature(shellLine)],
  }),
  instruction('COPY', {
    summary: 'Copies files of the context, a stage or an image into a layer.',
    details: 'Sources may have wildcards; with several the destination ends with a slash. Relative destinations begin at WORKDIR. `<<NAME` as a source is a file whose content follows.',
    snippet: 'COPY ${1:source} ${2:destination}',
    signatures: [signature(['SOURCE…', 'files and folders of the context'], ['DESTINATION', 'path in the image'])],
    flags: copyFlags,
  }),
  instruction('ADD', {
    summary: 'COPY that also fetches URLs and git repositories and unpacks local archives.',
    details: 'For files of the context COPY is plainer. Give downloads a `--checksum`.',
    snippet: 'ADD ${1:source} ${2:destination}',
    signatures: [signature(['SOURCE…', 'files of the context, URLs or git repositories'], ['DESTINATION', 'path in the image'])],
    flags: addFlags,
  }),
  instruction('ENV', {
    summary: 'Sets variables for the instructions below and for containers.',
    details: 'All values of one ENV see what held before it. What is set here stays in the image; for build-time values use ARG.',
    snippet: 'ENV ${1:NAME}=${2:value}',
    signatures: [signature(['NAME=VALUE…', 'one or more variables; quote values that have spaces'])],
  }),
  instruction('ARG', {
    summary: 'A variable that a build can be given with --build-arg.',
    details: 'Holds from here to the end of the stage. Above the first FROM it holds for FROM alone; a stage sees it after an own `ARG NAME`. Values are visible in the history: not for secrets.',
    snippet: 'ARG ${1:NAME}=${2:default}',
    signatures: [signature(['NAME[=DEFAULT]…', 'names, each with a default or without'])],
  }),
  instruction('LABEL', {
    summary: 'Adds metadata to the image.',
    details: 'Keys of the OCI annotations begin with `org.opencontainers.image.`.',
    snippet: 'LABEL ${1:org.opencontainers.image.source}="${2:value}"',
    signatures: [signature(['KEY=VALUE…', 'one or more labels; quote values that have spaces'])],
  }),
  instruction('EXPOSE', {
    summary: 'Says on which ports the program listens.',
    details: 'Documentation, and what `run -P` publishes; it opens nothing by itself.',
    snippet: 'EXPOSE ${1:8080}',
    signatures: [signature(['PORT[/PROTOCOL]…', 'ports or ranges, tcp where not said'])],
  }),
  instruction('WORKDIR', {
    summary: 'The folder in which the instructions below and containers work.',
    details: 'Is made where it does not exist. A relative path is below the WORKDIR before it.',
    snippet: 'WORKDIR ${1:/app}',
    signatures: [signature(['PATH', 'folder in the image'])],
  }),
  instruction('USER', {
    summary: 'The user for RUN, CMD and ENTRYPOINT below.',
    details: 'By name or number, with a group if wanted. Kubernetes can check numbers only (`runAsNonRoot`).',
    snippet: 'USER ${1:1000}',
    signatures: [signature(['USER[:GROUP]', 'name or number'])],
  }),
  instruction('VOLUME', {
    summary: 'Folders whose content is kept outside the container.',
    details: 'Each container gets a new volume there, filled from the image. What later instructions change in it may be lost.',
    snippet: 'VOLUME ["${1:/data}"]',
    signatures: [signature(['PATH…', 'folders in the image']), signature(['["PATH", …]', 'the same in JSON'])],
  }),
  instruction('HEALTHCHECK', {
    summary: 'How to find out whether a container works.',
    details: 'The command exits with 0 for healthy and 1 for unhealthy. `NONE` switches off the check of the base image.',
    snippet: 'HEALTHCHECK CMD ${1:curl -f http://localhost/ || exit 1}',
    signatures: [signature(['CMD', 'what follows is the check'], ['COMMAND', 'a line for the shell, or a program in JSON']), signature(['NONE', 'no check'])],
    flags: healthcheckFlags,
  }),
  instruction('SHELL', {
    summary: 'The shell for the shell form of the instructions below.',
    details: '`["/bin/sh", "-c"]` where not given; `["cmd", "/S", "/C"]` on Windows.',
    snippet: 'SHELL ["${1:/bin/bash}", "-o", "pipefail", "-c"]',
    signatures: [signature(json)],
  }),
  instruction('STOPSIGNAL', {
    summary: 'The signal that asks a container to end.',
    details: 'SIGTERM where not given.',
    snippet: 'STOPSIGNAL ${1:SIGTERM}',
    signatures: [signature(['SIGNAL', 'name or number'])],
  }),
  instruction('ONBUILD', {
    summary: 'An instruction for builds that have this image as their base.',
    details: 'Runs right after their FROM. ONBUILD, FROM and MAINTAINER cannot be triggers.',
    snippet: 'ONBUILD ${1:RUN command}',
    signatures: [signature(['INSTRUCTION', 'what to do in the next build'])],
  }),
  instruction('MAINTAINER', {
    summary: 'Names the author; a label does that now.',
    details: 'Write `LABEL org.opencontainers.image.authors="…"`.',
    snippet: 'LABEL org.opencontainers.image.authors="${1:name}"',
    signatures: [signature(['NAME', 'the author'])],
    deprecated: true,
  }),
];

const byName = new Map(instructionDocs.map((doc) => [doc.name, doc]));

export function instructionDoc(name: string): InstructionDoc | undefined {
  return byName.get(name.toUpperCase());
}
