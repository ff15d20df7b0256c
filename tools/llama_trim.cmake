# Read by CMake right after llama-cpp-python's own project() line (see install_llm.py).
# Its CMakeLists forces LLAMA_BUILD_COMMON on in the cache; a plain variable goes before the cache (policy CMP0126).
# The common library (chat parsers, download, command line) is half of the build and nothing here uses it.
set(LLAMA_BUILD_COMMON OFF)
