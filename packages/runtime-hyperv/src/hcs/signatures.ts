/**
 * The functions of vmcompute.dll that are used, as koffi prototypes (hcsshim: internal/vmcompute, internal/wclayer, internal/hns). Handles are
 * `intptr_t`; a result document is a `void **` of a string that CoTaskMemFree frees; every function gives an HRESULT.
 */
export const prototypes = {
  HcsCreateComputeSystem: '(str16 id, str16 document, intptr_t identity, _Out_ intptr_t *system, _Out_ void **result)',
  HcsOpenComputeSystem: '(str16 id, _Out_ intptr_t *system, _Out_ void **result)',
  HcsCloseComputeSystem: '(intptr_t system)',
  HcsStartComputeSystem: '(intptr_t system, str16 options, _Out_ void **result)',
  HcsShutdownComputeSystem: '(intptr_t system, str16 options, _Out_ void **result)',
  HcsTerminateComputeSystem: '(intptr_t system, str16 options, _Out_ void **result)',
  HcsPauseComputeSystem: '(intptr_t system, str16 options, _Out_ void **result)',
  HcsResumeComputeSystem: '(intptr_t system, str16 options, _Out_ void **result)',
  HcsModifyComputeSystem: '(intptr_t system, str16 request, _Out_ void **result)',
  HcsEnumerateComputeSystems: '(str16 query, _Out_ void **systems, _Out_ void **result)',
  HcsGetComputeSystemProperties: '(intptr_t system, str16 query, _Out_ void **properties, _Out_ void **result)',
  HcsRegisterComputeSystemCallback: '(intptr_t system, HcsNotification *callback, intptr_t context, _Out_ intptr_t *registration)',
  HcsUnregisterComputeSystemCallback: '(intptr_t registration)',
  HcsCreateProcess: '(intptr_t system, str16 parameters, _Out_ HcsProcessInformation *information, _Out_ intptr_t *process, _Out_ void **result)',
  HcsCloseProcess: '(intptr_t process)',
  HcsTerminateProcess: '(intptr_t process, _Out_ void **result)',
  HcsSignalProcess: '(intptr_t process, str16 options, _Out_ void **result)',
  HcsModifyProcess: '(intptr_t process, str16 settings, _Out_ void **result)',
  HcsGetProcessProperties: '(intptr_t process, _Out_ void **properties, _Out_ void **result)',
  HcsRegisterProcessCallback: '(intptr_t process, HcsNotification *callback, intptr_t context, _Out_ intptr_t *registration)',
  HcsUnregisterProcessCallback: '(intptr_t registration)',
  HNSCall: '(str16 method, str16 path, str16 request, _Out_ void **response)',
  CreateSandboxLayer: '(LayerDriver *driver, str16 id, intptr_t parent, LayerDescriptor *layers, uint32_t count)',
  ImportLayer: '(LayerDriver *driver, str16 id, str16 folder, LayerDescriptor *layers, uint32_t count)',
  ExportLayer: '(LayerDriver *driver, str16 id, str16 folder, LayerDescriptor *layers, uint32_t count)',
  PrepareLayer: '(LayerDriver *driver, str16 id, LayerDescriptor *layers, uint32_t count)',
  UnprepareLayer: '(LayerDriver *driver, str16 id)',
  ActivateLayer: '(LayerDriver *driver, str16 id)',
  DeactivateLayer: '(LayerDriver *driver, str16 id)',
  DestroyLayer: '(LayerDriver *driver, str16 id)',
  ExpandSandboxSize: '(LayerDriver *driver, str16 id, uint64_t size)',
  GetLayerMountPath: '(LayerDriver *driver, str16 id, _Inout_ size_t *length, uint16_t *buffer)',
  ProcessBaseImage: '(str16 path)',
  ProcessUtilityImage: '(str16 path)',
  NameToGuid: '(str16 name, _Out_ uint8_t *guid)',
} as const;

export type FunctionName = keyof typeof prototypes;
