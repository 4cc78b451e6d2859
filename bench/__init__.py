"""The benchmark: CPU seconds of the server's whole process tree, beside what the machine can do at best."""
