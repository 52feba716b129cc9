"""usage: bench/run.py [name ...]     takes every measure, or the named ones; exits with 1 if one does not hold."""
import sys

import audit  # noqa: F401  (importing a group registers its measures)
import audit_rows  # noqa: F401
import authz  # noqa: F401
import client  # noqa: F401
import effects  # noqa: F401
import entity  # noqa: F401
import fault  # noqa: F401
import harness
import install  # noqa: F401
import job  # noqa: F401
import migrate  # noqa: F401
import race  # noqa: F401

harness.main(sys.argv[1:])
