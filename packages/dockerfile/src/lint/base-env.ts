/** What Docker's official images set beyond PATH. A distribution sets nothing. */
const official: Readonly<Record<string, readonly string[]>> = {
  scratch: [],
  alpine: [],
  busybox: [],
  debian: [],
  ubuntu: [],
  fedora: ['DISTTAG', 'FGC'],
  amazonlinux: [],
  rockylinux: [],
  golang: ['GOLANG_VERSION', 'GOTOOLCHAIN', 'GOPATH'],
  node: ['NODE_VERSION', 'YARN_VERSION'],
  python: ['LANG', 'GPG_KEY', 'PYTHON_VERSION', 'PYTHON_SHA256', 'PYTHON_PIP_VERSION', 'PYTHON_SETUPTOOLS_VERSION', 'PYTHON_GET_PIP_URL', 'PYTHON_GET_PIP_SHA256'],
  ruby: ['LANG', 'RUBY_VERSION', 'RUBY_DOWNLOAD_URL', 'RUBY_DOWNLOAD_SHA256', 'GEM_HOME', 'BUNDLE_SILENCE_ROOT_WARNING', 'BUNDLE_APP_CONFIG'],
  rust: ['RUSTUP_HOME', 'CARGO_HOME', 'RUST_VERSION'],
  nginx: ['NGINX_VERSION', 'NJS_VERSION', 'NJS_RELEASE', 'PKG_RELEASE', 'ACME_VERSION', 'DYNPKG_RELEASE'],
  postgres: ['LANG', 'PG_MAJOR', 'PG_VERSION', 'PGDATA', 'GOSU_VERSION', 'PG_SHA256', 'DOCKER_PG_LLVM_DEPS'],
  redis: ['REDIS_VERSION', 'REDIS_DOWNLOAD_URL', 'REDIS_DOWNLOAD_SHA', 'GOSU_VERSION'],
};

/** The variables of a base image, or undefined where nobody can know them without the image. */
export function baseEnv(image: string | undefined, given: Readonly<Record<string, readonly string[]>> = {}): readonly string[] | undefined {
  if (image === undefined) return [];
  if (Object.hasOwn(given, image)) return given[image];
  const name = image.replace(/^(?:docker\.io\/)?(?:library\/)?/, '').replace(/[:@].*$/, '');
  return Object.hasOwn(official, name) ? official[name] : undefined;
}
