-- The owner gives everybody what it will own, and sets what sessions of the database begin with.
-- expect: installs
ALTER DEFAULT PRIVILEGES GRANT ALL ON TABLES TO PUBLIC;
ALTER DEFAULT PRIVILEGES GRANT ALL ON FUNCTIONS TO PUBLIC;
ALTER DEFAULT PRIVILEGES GRANT ALL ON SCHEMAS TO PUBLIC;
ALTER DEFAULT PRIVILEGES GRANT ALL ON TYPES TO PUBLIC;
SELECT format('ALTER DATABASE %I SET standard_conforming_strings = off', current_database()) \gexec
SELECT format('ALTER DATABASE %I SET check_function_bodies = off', current_database()) \gexec
SELECT format('ALTER DATABASE %I SET quote_all_identifiers = on', current_database()) \gexec
SELECT format('ALTER DATABASE %I SET default_transaction_read_only = off', current_database()) \gexec
SELECT format('ALTER DATABASE %I SET default_transaction_isolation = ''serializable''', current_database()) \gexec
