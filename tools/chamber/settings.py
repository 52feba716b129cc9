"""Settings that a database, a role or a pooler may bring, alone, and in groups for the short form."""

# Compiling every statement of the tests, optimised, takes minutes and shows nothing more; what costs 1e10 because its scan is forbidden
# would be compiled too.
UNOPTIMIZED = {"jit_inline_above_cost": "-1", "jit_optimize_above_cost": "-1"}

# name: settings as the session gets them
ALONE = {
    "strings off": {"standard_conforming_strings": "off", "backslash_quote": "off", "escape_string_warning": "on"},
    "intervals sql_standard": {"IntervalStyle": "sql_standard"},
    "intervals iso_8601": {"IntervalStyle": "iso_8601"},
    "dates German": {"DateStyle": "German, DMY"},
    "dates Postgres": {"DateStyle": "Postgres, YMD"},
    "float digits -15": {"extra_float_digits": "-15"},
    "bytea escape": {"bytea_output": "escape"},
    "identifiers quoted": {"quote_all_identifiers": "on"},
    "Kathmandu": {"TimeZone": "Asia/Kathmandu"},
    "Apia": {"TimeZone": "Pacific/Apia"},
    "repeatable read": {"default_transaction_isolation": "repeatable read"},
    "serializable": {"default_transaction_isolation": "serializable"},
    "jit": {"jit": "on", "jit_above_cost": "100", **UNOPTIMIZED},
    "plans custom": {"plan_cache_mode": "force_custom_plan"},
    "plans generic": {"plan_cache_mode": "force_generic_plan"},
    "no indexes": {"enable_indexscan": "off", "enable_indexonlyscan": "off", "enable_bitmapscan": "off"},
    "only indexes": {"enable_seqscan": "off", "enable_sort": "off", "random_page_cost": "1", **UNOPTIMIZED},
    "parallel": {"debug_parallel_query": "on", "parallel_setup_cost": "0", "parallel_tuple_cost": "0", "min_parallel_table_scan_size": "0",
                 "max_parallel_workers_per_gather": "1"},
    "row security off": {"row_security": "off"},
    "timeouts": {"statement_timeout": "60s", "lock_timeout": "20s", "idle_in_transaction_session_timeout": "60s"},
    "commits asynchronous": {"synchronous_commit": "off"},
    "nulls transformed": {"transform_null_equals": "on", "array_nulls": "off"},
    "messages": {"lc_messages": "C", "client_min_messages": "debug1", "check_function_bodies": "off", "xmloption": "document"},
    "constraints": {"constraint_exclusion": "on", "default_transaction_deferrable": "on", "vacuum_freeze_min_age": "0"},
}

GROUPS = {
    "text": ["strings off", "intervals sql_standard", "dates German", "float digits -15", "bytea escape", "identifiers quoted", "Kathmandu"],
    "text, other": ["intervals iso_8601", "dates Postgres", "Apia", "repeatable read", "row security off", "plans custom", "messages"],
    "plans": ["serializable", "jit", "plans generic", "timeouts", "commits asynchronous", "only indexes"],
}


def options(names, major=18):
    """PGOPTIONS of these settings."""
    words = []
    for name in names:
        for setting, value in ALONE[name].items():
            if setting == "debug_parallel_query" and major < 16:
                setting = "force_parallel_mode"
            words.append(f"-c {setting}={value}".replace("\\", r"\\").replace(" ", r"\ ").replace(r"-c\ ", "-c ", 1))
    return " ".join(words)
