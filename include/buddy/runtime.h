// The C interface of the runtime: loads a package (layer.buddy/) and runs it. Needs neither Python
// nor MLIR. Tensors cross it as DLPack.
//
//   BuddyModel *model;      buddy_model_load("layer.buddy", NULL, &model);
//   BuddyContext *context;  buddy_context_create(model, 0, &context);
//   buddy_context_run(context, inputs, num_inputs, outputs, num_outputs);
//
// A model may leave sizes open, as the length of a sequence: symbols, whose values are read off the
// inputs' shapes on each run. buddy_model_entry_output_shape then says how large outputs must be.
//
// The package's own model.h wraps buddy_context_run_entry in typed functions. Every function that
// can fail returns a status; buddy_last_error() has the text. A package is code: load only what you
// would also execute. Its checksums find damage, not malice.
#ifndef BUDDY_RUNTIME_H
#define BUDDY_RUNTIME_H

#include <dlpack/dlpack.h>
#include <stddef.h>
#include <stdint.h>

#if defined(__GNUC__)
#define BUDDY_API __attribute__((visibility("default")))
#else
#define BUDDY_API
#endif

#ifdef __cplusplus
extern "C" {
#endif

// DLPack 0.6 has no code for booleans; this is the one that later versions gave them (8 bits).
#define BUDDY_DL_BOOL 6U

// What every function returns that can fail.
typedef enum BuddyStatus {
  BUDDY_OK = 0,
  BUDDY_INVALID_ARGUMENT = 1, // a null pointer, an index out of range, a context already running
  BUDDY_INVALID_TENSOR = 2,   // number, dtype, shape, strides, device or values of a tensor
  BUDDY_NOT_A_PACKAGE = 3,    // no such folder, or no package in it
  BUDDY_DAMAGED = 4,          // a file is missing, short, or does not match its checksum
  BUDDY_WRONG_VERSION = 5,    // made by a compiler that this runtime does not go with
  BUDDY_WRONG_CPU = 6,        // made for a CPU that this machine does not have
  BUDDY_MISSING_LIBRARY = 7,  // a shared library that the package needs is not installed
  BUDDY_OUT_OF_MEMORY = 8,
  BUDDY_INTERNAL = 9,
  BUDDY_INDEX_OUT_OF_RANGE = 10 // an index that the program computed is outside of its dimension
} BuddyStatus;

// Why the last call on this thread that failed did so: one sentence or more, never null. Valid
// until the next call on this thread.
BUDDY_API const char *buddy_last_error(void);

// The runtime's version: "0.1.0".
BUDDY_API const char *buddy_runtime_version(void);

//===----------------------------------------------------------------------===//
// Models
//===----------------------------------------------------------------------===//

// A loaded package.
typedef struct BuddyModel BuddyModel;

typedef struct BuddyLoadOptions {
  size_t struct_size; // sizeof(BuddyLoadOptions): later versions may add fields
  // The parameters' checksum is always checked up to 256 MB; above that only if this is not 0, for
  // reading gigabytes at every start would take seconds.
  int always_check_params;
} BuddyLoadOptions;

// Loads the package in `folder` after checking all of it: manifest, version, this machine's CPU,
// sizes and checksums. `options` may be NULL. A loaded model is immutable: any number of threads
// may use it at once.
BUDDY_API BuddyStatus buddy_model_load(const char *folder, const BuddyLoadOptions *options,
                                       BuddyModel **model);

// Contexts that are still alive keep what they need; NULL is allowed.
BUDDY_API void buddy_model_destroy(BuddyModel *model);

// Where the parameters of a loaded model lie: in the mapped file, which all processes that load the
// package share, or in a copy of this process. $BUDDY_HUGE_PAGES is read when a model is loaded:
// with "0" they are mapped in pages of 4 KiB; with "map" in pages of 2 MiB where the file has them;
// without it, or with "copy", they are else copied into such pages, if that takes no more than a
// quarter of the memory that is available.
typedef struct BuddyParamsInfo {
  int64_t bytes;
  // How many of them this process reaches without asking the kernel now, and how many of those in
  // pages of 2 MiB; -1 if the kernel does not say. A mapped file is read as it is used.
  int64_t present_bytes, huge_bytes;
  int copied;
  const char *place; // "mapped in huge pages", "copied to huge pages", "mapped"
  const char *why;   // why not the first; "" if it is. Both live as long as the model
} BuddyParamsInfo;

BUDDY_API BuddyStatus buddy_model_params(const BuddyModel *model, BuddyParamsInfo *info);

// What is known of an input, output or state.
typedef struct BuddyTensorInfo {
  const char *name; // as in the exported signature; outputs are output0, output1, ...
  DLDataType dtype; // what buddy_context_run expects
  int32_t ndim;
  const int64_t *shape; // ndim sizes; NULL if ndim is 0; -1: a size that depends on symbols
  int64_t elements;     // -1 if a size is
} BuddyTensorInfo;

// The entries: programs that share parameters and states, as the prefill and the decoding step of a
// model. Most models have one, "forward". What `info` points to lives as long as the model.
typedef struct BuddyEntryInfo {
  const char *name;
  size_t num_inputs, num_outputs;
  // Floating point operations of one run, a multiply-add counted as two. 0: unknown; -1: it depends
  // on symbols, and buddy_model_entry_flops_for says it.
  int64_t flops;
} BuddyEntryInfo;

BUDDY_API size_t buddy_model_num_entries(const BuddyModel *model);
BUDDY_API BuddyStatus buddy_model_entry(const BuddyModel *model, size_t entry,
                                        BuddyEntryInfo *info);
BUDDY_API BuddyStatus buddy_model_find_entry(const BuddyModel *model, const char *name,
                                             size_t *entry);
BUDDY_API BuddyStatus buddy_model_entry_input(const BuddyModel *model, size_t entry, size_t index,
                                              BuddyTensorInfo *info);
BUDDY_API BuddyStatus buddy_model_entry_output(const BuddyModel *model, size_t entry, size_t index,
                                               BuddyTensorInfo *info);

// The symbols: sizes that each run has its own values for. 0 for an entry whose shapes are fixed,
// and if there is no such entry. Each of them is the whole of a dimension of some input.
typedef struct BuddySymbolInfo {
  const char *name; // "s64"
  int64_t min, max; // what it may be, both included; max is INT64_MAX if there is no limit
} BuddySymbolInfo;

BUDDY_API size_t buddy_model_entry_num_symbols(const BuddyModel *model, size_t entry);
BUDDY_API BuddyStatus buddy_model_entry_symbol(const BuddyModel *model, size_t entry, size_t index,
                                               BuddySymbolInfo *info);

// The text of a dimension of an input or output: "s64 + 1", "12*s64", "2*s31 + s64 + -3"; the
// number, if it is fixed. Lives as long as the model.
BUDDY_API BuddyStatus buddy_model_entry_input_dimension(const BuddyModel *model, size_t entry,
                                                        size_t index, size_t dimension,
                                                        const char **text);
BUDDY_API BuddyStatus buddy_model_entry_output_dimension(const BuddyModel *model, size_t entry,
                                                         size_t index, size_t dimension,
                                                         const char **text);

// The shape that an output must have in a run on these inputs: as many sizes as its ndim. Of the
// inputs only ndim and shape are looked at, and checked as a run checks them.
BUDDY_API BuddyStatus buddy_model_entry_output_shape(const BuddyModel *model, size_t entry,
                                                     DLTensor *const *inputs, size_t num_inputs,
                                                     size_t output_index, int64_t *shape);

// The floating point operations of a run on these inputs, of which only shapes are looked at; 0 if
// it is not known.
BUDDY_API BuddyStatus buddy_model_entry_flops_for(const BuddyModel *model, size_t entry,
                                                  DLTensor *const *inputs, size_t num_inputs,
                                                  int64_t *flops);

// The same of the first entry.
BUDDY_API size_t buddy_model_num_inputs(const BuddyModel *model);
BUDDY_API size_t buddy_model_num_outputs(const BuddyModel *model);
BUDDY_API BuddyStatus buddy_model_input(const BuddyModel *model, size_t index,
                                        BuddyTensorInfo *info);
BUDDY_API BuddyStatus buddy_model_output(const BuddyModel *model, size_t index,
                                         BuddyTensorInfo *info);

// The states: what a run leaves for the next one of the same context, as the key and value caches
// of a decoder. 0 for most models.
BUDDY_API size_t buddy_model_num_states(const BuddyModel *model);
BUDDY_API BuddyStatus buddy_model_state(const BuddyModel *model, size_t index,
                                        BuddyTensorInfo *info);

// Floating point operations of one run of the first entry; 0 if it is not known, -1 if it depends
// on symbols.
BUDDY_API int64_t buddy_model_flops(const BuddyModel *model);

//===----------------------------------------------------------------------===//
// Contexts
//===----------------------------------------------------------------------===//

typedef struct BuddyContext BuddyContext;

// A context holds the memory of one run, and the model's states: one context a thread that runs the
// model, and one a conversation. `threads` is the number of OpenMP threads of a run; 0 takes all
// processors this process may use.
BUDDY_API BuddyStatus buddy_context_create(const BuddyModel *model, int threads,
                                           BuddyContext **context);
BUDDY_API void buddy_context_destroy(BuddyContext *context);

// The states are again what they were when the model was exported.
BUDDY_API BuddyStatus buddy_context_reset(BuddyContext *context);

// Runs an entry of the model once. Tensors are in signature order, dense and row-major (strides may
// be NULL) and in CPU memory, aligned to their element. Outputs are overwritten; they may not
// overlap an input or one another. On failure of these checks the outputs are untouched. Allocates,
// OpenMP aside, only if the model has symbols and a run needs more memory than those before it; if
// there is none (BUDDY_OUT_OF_MEMORY), a smaller run is still possible. States are changed where
// they lie. Sets the number of OpenMP threads of the calling thread.
//
// Where the program computes indices and nothing says before a run that they are inside, the run
// looks: an index outside, which PyTorch raises IndexError for, ends it with
// BUDDY_INDEX_OUT_OF_RANGE. The text names the operation, its Python line, the index and the size,
// of the first in the program's order. Nothing outside was read or written. The outputs hold NaN,
// -1 and false; states are what the program had made of them: entries with states then refuse to
// run (BUDDY_INVALID_ARGUMENT) until buddy_context_reset.
BUDDY_API BuddyStatus buddy_context_run_entry(BuddyContext *context, size_t entry,
                                              DLTensor *const *inputs, size_t num_inputs,
                                              DLTensor *const *outputs, size_t num_outputs);

// The same of the first entry.
BUDDY_API BuddyStatus buddy_context_run(BuddyContext *context, DLTensor *const *inputs,
                                        size_t num_inputs, DLTensor *const *outputs,
                                        size_t num_outputs);

//===----------------------------------------------------------------------===//
// Profiles
//===----------------------------------------------------------------------===//

// A kernel is what runs as one: an operation with all that was fused into it.
typedef struct BuddyKernelInfo {
  const char *name;     // "subgraph0.contraction0", as schedules have it
  const char *kind;     // "contraction", "attention", "elementwise", "reduction", "loop", "copy"
  const char *location; // "model.py:86"; "" if it is not known
} BuddyKernelInfo;

BUDDY_API size_t buddy_model_entry_num_kernels(const BuddyModel *model, size_t entry);
BUDDY_API BuddyStatus buddy_model_entry_kernel(const BuddyModel *model, size_t entry, size_t index,
                                               BuddyKernelInfo *info);

// One call of a kernel, or a thread's share of one. Nanoseconds of a clock that only goes forward.
typedef struct BuddyKernelTime {
  uint32_t kernel; // the index of the kernel in its entry
  int32_t thread;  // -1: the whole call, as the thread that runs the model sees it
  int64_t begin_ns, end_ns;
} BuddyKernelTime;

// From the next run of this context on, the times of its kernels are taken (`on` not 0), or not any
// more. Runs of other contexts are not affected.
BUDDY_API BuddyStatus buddy_context_profile(BuddyContext *context, int on);

// The times of the context's last run that had them taken, in the order in which they ended; they
// live until the context's next call. Room for them grows after a run that had more than there was
// room for: the rest of that run is lost, and `*lost` says how many.
BUDDY_API BuddyStatus buddy_context_kernel_times(const BuddyContext *context,
                                                 const BuddyKernelTime **times, size_t *count,
                                                 size_t *lost);

#ifdef __cplusplus
}
#endif

#endif // BUDDY_RUNTIME_H
