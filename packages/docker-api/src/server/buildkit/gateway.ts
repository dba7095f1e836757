import { Code, ConnectError, type HandlerContext, type ServiceImpl } from '@connectrpc/connect';
import type { LLBBridge } from './pb/gateway_pb.js';
import type { SolveTable } from './solve-table.js';

/** What clients may rely on; what is not named they do without. */
const capabilities = ['solve.base', 'return', 'returnmap'].map((id) => ({ id, enabled: true }));

/**
 * The gateway, by which a client solves with a front end of the builder's and says what is to come of it. All that is solved here is solved
 * when it has been returned: then it is known what to make of it.
 */
export function gatewayService(solves: SolveTable): ServiceImpl<typeof LLBBridge> {
  const stateOf = ({ requestHeader }: HandlerContext) => {
    const ref = requestHeader.get('buildkit-controlapi-buildid');
    if (ref === null) throw new ConnectError('the call names no build', Code.InvalidArgument);
    return solves.get(ref);
  };
  return {
    async ping() {
      return { frontendApiCaps: capabilities, llbCaps: [], workers: [] };
    },
    async solve({ frontend, frontendOpt, cacheImports, definition, allowResultReturn, allowResultArrayRef }, context) {
      if (frontend === '' || definition.length > 0) throw new ConnectError('definitions (LLB) are not run here: use the front end dockerfile.v0', Code.Unimplemented);
      const ref = stateOf(context).keep({ frontend, attributes: frontendOpt, cacheImports });
      if (!allowResultReturn) return { ref };
      return { result: { result: allowResultArrayRef ? { case: 'ref', value: { id: ref } } : { case: 'refDeprecated', value: ref } } };
    },
    async return({ result, error }, context) {
      const state = stateOf(context);
      const { value } = result?.result ?? {};
      const solve = state.result(typeof value === 'string' ? value : (value?.id ?? ''));
      if (solve && !error) state.returned.resolve(solve);
      else state.returned.reject(new ConnectError(error?.message ?? 'the client returned no result of this build', error ? Code.Unknown : Code.InvalidArgument));
      return {};
    },
    async inputs() {
      return {};
    },
  };
}
