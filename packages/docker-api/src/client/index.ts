export { RemoteEngine, type RemoteEngineOptions } from './engine/remote-engine.js';
export type { Credentials } from './engine/registry-auth.js';
export { ApiClient, type CallRequest, type Handshake, type Hijacked, type QueryValue } from './api-client.js';
export { formatEndpoint, parseEndpoint, type Endpoint, type TlsMaterial } from './connect/endpoint.js';
export { connect } from './connect/agent.js';
export { chooseHost, type ChosenHost, type HostChoice } from './contexts/choose-host.js';
export { checkName, ContextStore, parseMetadata, tlsFiles, type ContextMetadata, type DockerContext, type TlsFile } from './contexts/context-store.js';
export { changeDockerConfig, dockerConfigFolder, readDockerConfig } from './contexts/docker-config.js';
export { contextTar, type ContextTarOptions } from './build/context-tar.js';
