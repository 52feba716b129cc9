-- The owner has every session of the database begin as itself: the superuser is told who it is.
-- expect: DF406
-- expect managed steps, managed plain file, extension, trusted extension: installs
SELECT format('ALTER DATABASE %I SET role = ''climate_squatter''', current_database()) \gexec
