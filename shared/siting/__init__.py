"""Where to put what: location models solved exactly, with a bound that proves it.

Pure: arrays in, an answer out; no files. :func:`shared.siting.problem.site` and ``relocated`` are
the ways in, for the command line, services and tests alike. Imports are left to the callers, so
that what needs one model does not wait for HiGHS or the streets.
"""
