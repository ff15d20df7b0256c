# Read by CMake right after llama-cpp-python's own project() line (see install_llm.py).
# Its CMakeLists forces LLAMA_BUILD_COMMON on in the cache; a plain variable goes before the cache (policy CMP0126).
# The common library (chat parsers, download, command line) is half of the build and nothing here uses it.
set(LLAMA_BUILD_COMMON OFF)

# On processors with matrix units (AMX) ggml's own use of them ends the process now and then with a segmentation fault
# (https://github.com/ggml-org/llama.cpp/issues/20824). -march=native brings them in, so they are taken out behind it,
# once all targets are there.
include(CheckCXXCompilerFlag)
check_cxx_compiler_flag("-mno-amx-tile -mno-amx-int8 -mno-amx-bf16" KNOWS_AMX)
function(leave_out_amx)
  if(KNOWS_AMX AND TARGET ggml-cpu)
    target_compile_options(ggml-cpu PRIVATE -mno-amx-tile -mno-amx-int8 -mno-amx-bf16)
  endif()
endfunction()
cmake_language(DEFER CALL leave_out_amx)
