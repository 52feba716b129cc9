-- A statement without what changes from one execution to the next: constants and parameters become ?, comments and the names of results go, white
-- space is one space, and letters outside quotes become lower case.
--
-- Read with PostgreSQL's own lexer rules: nested comments, dollar quotes with tags, E'', U&'', B'', X'' and N'' strings, quoted names (without
-- quotes where they mean the same), operators of several characters. NULL, true and false are constants; a sign and a cast belong to their
-- constant. Lists of constants in IN and ARRAY and equal rows of VALUES are as long as one; arguments of functions keep their number. Backslashes
-- mean what they mean under standard_conforming_strings = on. Text that is cut off or no SQL is no error. Null for null.
-- Proof: Tests/SQL/query/normalize.sql, Tests/SQL/query/record.sql
CREATE OR REPLACE FUNCTION domainflow.normalize_query(p_query text)
RETURNS text
LANGUAGE plpgsql
IMMUTABLE
STRICT
PARALLEL SAFE
SET search_path = pg_catalog, pg_temp
AS $function$
-- Constants whose types the checker does not know in advance. @plpgsql_check_options: security_warnings = off, other_warnings = off, performance_warnings = off
DECLARE
    -- Every pattern is dollar-quoted: the body is read under the caller's standard_conforming_strings. Of alternatives the longest match wins.
    c_word CONSTANT text := $re$(?:[A-Za-z_]|[^\x01-\x7f])(?:[A-Za-z0-9_$]|[^\x01-\x7f])*$re$;
    c_tag CONSTANT text := $re$\$(?:[A-Za-z_]|[^\x01-\x7f])(?:[A-Za-z0-9_]|[^\x01-\x7f])*\$$re$;
    c_string CONSTANT text := $re$[eE]'(?:[^'\\]|\\.|'')*'?|(?:[nNbBxX]|[uU]&)?'(?:[^']|'')*'?|\$\$(?:[^$]|\$[^$])*(?:\$\$?)?$re$;
    c_number CONSTANT text := $re$0[xX][0-9A-Fa-f_]+|0[oO][0-7_]+|0[bB][01_]+|(?:[0-9][0-9_]*(?:\.[0-9_]*)?|\.[0-9][0-9_]*)(?:[eE][-+]?[0-9]+)?$re$;
    c_operator CONSTANT text := $re$[-+*/<>=~!@#%^&|`?]+$re$;
    c_token CONSTANT text := $re$[ \t\n\r\f\v]+|--[^\n\r]*|/\*(?:[^*]|\*+[^*/])*(?:\*+/?)?|(?:[uU]&)?"(?:[^"]|"")*"?|$re$ || c_string || '|' || c_word
        || '|' || c_number || $re$|\$[0-9]+|$re$ || c_tag || $re$|::|:=|$re$ || c_operator || '|.';
    -- Quoted, these are names; without quotes they are not.
    c_reserved CONSTANT text[] :=
        '{all,analyse,analyze,and,any,array,as,asc,asymmetric,between,bigint,bit,boolean,both,case,cast,char,character,'
        'check,coalesce,collate,column,constraint,create,current_catalog,current_date,current_role,current_time,'
        'current_timestamp,current_user,dec,decimal,default,deferrable,desc,distinct,do,else,end,except,exists,extract,'
        'false,fetch,float,for,foreign,from,grant,greatest,group,grouping,having,in,initially,inout,int,integer,'
        'intersect,interval,into,lateral,leading,least,limit,localtime,localtimestamp,national,nchar,none,not,"null",'
        'nullif,numeric,offset,on,only,or,order,out,overlay,placing,position,precision,primary,real,references,returning,'
        'row,select,session_user,setof,smallint,some,substring,symmetric,system_user,table,then,time,timestamp,to,'
        'trailing,treat,trim,true,union,unique,user,using,values,varchar,variadic,when,where,window,with,xmlattributes,'
        'xmlconcat,xmlelement,xmlexists,xmlforest,xmlnamespaces,xmlparse,xmlpi,xmlroot,xmlserialize,xmltable,'
        'authorization,binary,collation,concurrently,cross,current_schema,freeze,full,ilike,inner,is,isnull,join,left,'
        'like,natural,notnull,outer,overlaps,right,similar,tablesample,verbose}';
    -- A constant with a sign may follow these, and after them a string is no literal of a type.
    c_before CONSTANT text[] := '{select,where,and,or,not,then,else,when,case,in,between,symmetric,like,ilike,limit,offset,values,returning,by,on,'
        'distinct,all,any,having,from,to,for,return,using,is,as,set,escape,zone,uescape,language,similar,array,default}';
    c_same_type CONSTANT jsonb := '{"integer": "int", "int4": "int", "int8": "bigint", "int2": "smallint", "bool": "boolean", "float4": "real"}';
    c_units CONSTANT text[] := '{year,month,day,hour,minute,second}';
    -- Compared as bytes: the same under every locale.
    v_query text COLLATE "C" := p_query;
    v_tokens text[];
    v_token text COLLATE "C";
    v_next text COLLATE "C";
    v_last text COLLATE "C";        -- v_out[n]
    v_first text COLLATE "C";       -- first character
    v_clean text := '';             -- read so far, from here on
    v_from integer := 0;
    v_i integer := 0;
    v_count integer;
    v_end integer;
    v_before integer;
    v_depth integer;
    v_names text[] := '{}';
    v_out text[] := '{}';
    n integer := 0;
    v_open integer[] := '{}';       -- where the open parentheses are in v_out
    v_opens integer := 0;
    v_begin integer[] := '{}';      -- by the place of ), where its ( is
    v_region "char" := '-';         -- s: list of results, f: after FROM, outside of parentheses
    v_interval boolean := false;
    v_is_constant boolean;
BEGIN
    -- An operator ends where a comment begins. This may reach into a constant, which does not matter.
    IF v_query ~ $re$[-+*/<>=~!@#%^&|`?]/\*|[+*/<>=~!@#%^&|`?]--$re$ THEN
        v_query := regexp_replace(v_query, $re$([-+*/<>=~!@#%^&|`?])(?=/\*)|([+*/<>=~!@#%^&|`?])(?=--)$re$, $re$\1\2 $re$, 'g');
    END IF;
    -- What no regular expression finds: the end of a dollar quote with a tag, and of a comment that holds comments. Where one ends inside of
    -- what the expression took for a token, reading begins again; how often is bounded by the length, against text made to be slow.
    IF v_query ~ (c_tag || $re$|/\*$re$) THEN
        FOR v_round IN 1..least(200, 10 + 1000000 / length(v_query)) LOOP
            v_before := v_from;
            v_end := v_from;
            FOR v_token IN SELECT m.token[1] FROM regexp_matches(substr(v_query, v_from + 1), c_token, 'g') AS m (token) LOOP
                v_i := v_before;
                v_before := v_before + length(v_token);
                IF v_i < v_end THEN
                    EXIT WHEN v_before > v_end;
                ELSIF left(v_token, 1) = '$' AND length(v_token) > 2 AND left(v_token, 2) <> '$$' AND right(v_token, 1) = '$' THEN
                    v_end := strpos(substr(v_query, v_before + 1), v_token);
                    v_end := CASE v_end WHEN 0 THEN length(v_query) ELSE v_before + v_end + length(v_token) - 1 END;
                    v_clean := v_clean || substr(v_query, v_from + 1, v_i - v_from) || '$$$$';
                    v_from := v_end;
                ELSIF left(v_token, 2) = '/*' AND strpos(substr(v_token, 3), '/*') > 0 THEN
                    v_end := v_i;
                    v_depth := 0;
                    FOR v_next IN
                        SELECT m.token[1] FROM regexp_matches(substr(v_query, v_i + 1), $re$/\*|\*/|[^*/]+|.$re$, 'g') AS m (token)
                    LOOP
                        v_end := v_end + length(v_next);
                        v_depth := v_depth + CASE v_next WHEN '/*' THEN 1 WHEN '*/' THEN -1 ELSE 0 END;
                        EXIT WHEN v_depth = 0;
                    END LOOP;
                    v_clean := v_clean || substr(v_query, v_from + 1, v_i - v_from) || ' ';
                    v_from := v_end;
                END IF;
            END LOOP;
            EXIT WHEN v_i >= v_end OR v_before <= v_end;
        END LOOP;
        v_query := v_clean || substr(v_query, v_from + 1);
        v_i := 0;
    END IF;

    v_tokens := ARRAY(SELECT CASE WHEN left(m.token[1] COLLATE "C", 1) BETWEEN 'A' AND 'Z' AND right(m.token[1], 1) NOT IN ('''', '"')
                                       OR left(m.token[1] COLLATE "C", 1) BETWEEN 'a' AND 'z' AND right(m.token[1], 1) NOT IN ('''', '"')
                                       OR left(m.token[1], 1) = '_'
                                  THEN lower(m.token[1] COLLATE "C") ELSE m.token[1] END
                        FROM regexp_matches(v_query, c_token, 'g') WITH ORDINALITY AS m (token, place)
                       WHERE left(m.token[1], 1) <> ALL (ARRAY[' ', chr(9), chr(10), chr(11), chr(12), chr(13)])
                         AND left(m.token[1], 2) NOT IN ('--', '/*')
                       ORDER BY m.place);
    v_count := cardinality(v_tokens);
    -- One token after the other; v_out has what they make, with ?s, ?n and ?p for constants in quotes, numbers and parameters.
    WHILE v_i < v_count LOOP
        v_i := v_i + 1;
        v_token := v_tokens[v_i];
        v_next := v_tokens[v_i + 1];
        v_last := CASE WHEN n > 0 THEN v_out[n] END;
        v_first := left(v_token, 1);
        v_is_constant := false;

        IF right(v_token, 1) IN ('+', '-') AND length(v_token) > 1 AND strpos('-+*/<>=', v_first) > 0
           AND translate(v_token, '~!@#%^&|`?', '') = v_token THEN
            -- An operator without one of these characters does not end in a sign.
            v_end := greatest(1, length(rtrim(v_token, '+-')));
            v_next := substr(v_token, v_end + 1);
            v_token := left(v_token, v_end);
            v_tokens[v_i] := v_next;
            v_i := v_i - 1;
        END IF;
        IF v_first = '"' OR left(v_token, 3) IN ('U&"', 'u&"') THEN
            IF v_token ~ $re$^"[a-z_][a-z0-9_$]*"$$re$ AND btrim(v_token, '"') <> ALL (c_reserved) THEN
                v_token := btrim(v_token, '"');
            ELSE
                -- Numbered, so that nothing looks into it.
                v_names := v_names || v_token;
                v_token := '"' || cardinality(v_names) || '"';
            END IF;
        ELSIF right(v_token, 1) = '''' OR v_first = '''' OR (v_first IN ('e', 'E', 'b', 'B', 'x', 'X', 'n', 'N', 'u', 'U') AND strpos(v_token, '''') > 0)
              OR left(v_token, 2) = '$$' THEN
            v_is_constant := true;
            v_token := '?s';
            IF v_last = 'uescape' AND n > 1 AND v_out[n - 1] = '?s' THEN
                n := n - 1;
                CONTINUE;
            END IF;
            -- The name of its type.
            IF v_last = ')' AND n > 3 AND v_out[n - 1] = '?n' AND v_out[n - 2] = '('
               AND v_out[n - 3] IN ('interval', 'timestamp', 'time', 'varchar', 'char', 'bit', 'numeric', 'decimal', 'float', 'timestamptz', 'timetz') THEN
                v_interval := v_out[n - 3] = 'interval';
                n := n - 4;
            ELSIF v_last = 'zone' AND n > 3 AND v_out[n - 1] = 'time' AND v_out[n - 2] IN ('with', 'without') THEN
                n := n - 3;
                n := n - CASE WHEN n > 3 AND v_out[n] = ')' THEN 4 ELSE 1 END;
            ELSIF v_last IN ('precision', 'varying') AND n > 1 THEN
                n := n - 2;
            ELSIF v_last IN ('interval', 'timestamp', 'time', 'int', 'integer', 'bigint', 'smallint', 'real', 'float', 'numeric', 'decimal', 'dec',
                             'boolean', 'bit', 'char', 'character', 'varchar', 'nchar')
                  OR ((v_last BETWEEN 'a' AND 'zzzz' OR left(v_last, 1) IN ('_', '"')) AND left(v_last, 1) <> '?'
                      AND v_last <> ALL (c_before) AND v_last <> ALL (c_reserved)) THEN
                v_interval := v_last = 'interval';
                n := n - 1;
                WHILE n > 1 AND v_out[n] = '.' LOOP
                    n := n - 2;
                END LOOP;
            END IF;
        ELSIF v_first BETWEEN '0' AND '9' OR (v_first = '.' AND v_token <> '.') THEN
            v_is_constant := true;
            v_token := '?n';
        ELSIF v_first = '$' AND v_token <> '$' OR v_token = '?' THEN
            v_is_constant := true;
            v_token := '?p';
            IF v_last IN ('date', 'timestamp', 'time', 'interval', 'timestamptz') THEN
                n := n - 1;
            END IF;
        ELSIF v_token IN ('null', 'true', 'false') THEN
            -- IS NULL and NOT NULL say something else with it.
            IF NOT (COALESCE(v_last, '') = 'is' OR (v_last = 'not' AND n > 1 AND v_out[n - 1] = 'is')
                    OR (v_token = 'null' AND COALESCE(v_last, '') IN ('not', 'set', 'on'))) THEN
                v_is_constant := true;
                v_token := '?n';
            END IF;
        ELSIF v_interval AND v_token = ANY (c_units || 'to'::text) THEN
            CONTINUE;
        ELSIF v_token = '::' OR (v_token = 'as' AND n > 2 AND v_out[n - 2] = 'cast' AND v_out[n - 1] = '(') THEN
            -- Where the type ends.
            v_end := v_i + 1;
            IF v_tokens[v_end] = 'double' OR v_tokens[v_end + 1] = 'varying' THEN
                v_end := v_end + 1;
            END IF;
            WHILE v_tokens[v_end + 1] = '.' LOOP
                v_end := v_end + 2;
            END LOOP;
            IF v_tokens[v_end + 1] = '(' THEN
                WHILE v_end < v_count AND v_tokens[v_end] <> ')' LOOP
                    v_end := v_end + 1;
                END LOOP;
            END IF;
            IF v_tokens[v_end + 1] IN ('with', 'without') AND v_tokens[v_end + 2] = 'time' THEN
                v_end := v_end + 3;
            END IF;
            WHILE v_tokens[v_end + 1] = '[' LOOP
                v_end := v_end + CASE WHEN v_tokens[v_end + 2] = ']' THEN 2 ELSE 3 END;
            END LOOP;
            IF v_token = '::' AND v_last IN ('?s', '?n', '?p') THEN
                v_i := v_end;
                CONTINUE;
            ELSIF v_token = 'as' AND v_tokens[v_end + 1] = ')' THEN
                -- CAST (x AS type) is x::type, and a constant when x is one.
                v_out[n - 2] := v_last;
                n := n - 2;
                v_opens := v_opens - 1;
                IF v_last NOT IN ('?s', '?n', '?p') THEN
                    v_out[n + 1] := '::';
                    n := n + 1;
                    FOR v_part IN v_i + 1..v_end LOOP
                        n := n + 1;
                        v_out[n] := CASE WHEN left(v_tokens[v_part], 1) BETWEEN '0' AND '9' THEN '?n'
                                         ELSE COALESCE(c_same_type ->> v_tokens[v_part], v_tokens[v_part]) END;
                    END LOOP;
                ELSIF n > 4 AND v_out[n - 1] = ',' AND v_out[n - 2] IN ('?s', '?n', '?p')
                      AND (v_out[n - 3] = '(' AND v_out[n - 4] = 'in' OR v_out[n - 3] = '[' AND v_out[n - 4] = 'array') THEN
                    n := n - 2;
                END IF;
                v_i := v_end + 1;
                CONTINUE;
            END IF;
        ELSIF v_first BETWEEN 'a' AND 'z' THEN
            IF v_last = '::' THEN
                v_token := COALESCE(c_same_type ->> v_token::text, v_token);
            ELSIF v_token = 'outer' AND v_last IN ('left', 'right', 'full') OR v_token = 'inner' AND v_next = 'join'
                  OR v_token = 'all' AND v_last IN ('select', 'by') OR v_token = 'distinct' AND v_last IN ('union', 'by')
                  OR v_token = 'asc' AND COALESCE(v_next, ';') IN (',', ')', ';', 'limit', 'offset', 'nulls', 'fetch', 'for')
                  OR v_token = 'as' AND v_opens = 0 AND v_region = 'f' AND v_next <> '(' THEN
                CONTINUE;
            ELSIF v_token = 'overriding' OR (v_token = 'exclude' AND v_next = 'no') THEN
                v_i := v_i + 2;
                CONTINUE;
            ELSIF v_token = 'as' AND v_opens = 0 AND v_region = 's' AND COALESCE(v_tokens[v_i + 2], ';')
                  IN (',', ';', ')', 'from', 'union', 'except', 'intersect', 'where', 'order', 'limit', 'offset', 'into', 'group', 'for') THEN
                -- The name of a result, where it is no subquery's.
                v_i := v_i + 1;
                CONTINUE;
            ELSIF v_last = '(' AND v_next = 'from' AND n > 1 AND v_out[n - 1] = 'extract' THEN
                v_token := '?s';
            END IF;
            IF v_opens = 0 AND NOT (v_token = 'from' AND v_last = 'distinct') THEN
                v_region := CASE WHEN v_token IN ('select', 'returning') THEN 's'
                                 WHEN v_token IN ('from', 'update', 'using', 'join') THEN 'f'
                                 WHEN v_token IN ('where', 'into', 'values', 'set', 'group', 'order', 'on') THEN '-' ELSE v_region END;
            END IF;
        ELSIF v_token = '(' THEN
            v_opens := v_opens + 1;
            v_open[v_opens] := n + 1;
        ELSIF v_token = ')' AND v_opens > 0 THEN
            v_begin[n + 1] := v_open[v_opens];
            v_opens := v_opens - 1;
        ELSIF right(v_token, 1) = '?' AND left(v_token, -1) IN ('=', '<', '>', '<=', '>=', '<>', '!=') THEN
            n := n + 1;
            v_out[n] := replace(left(v_token, -1), '!=', '<>');
            v_is_constant := true;
            v_token := '?p';
        ELSE
            v_token := CASE v_token WHEN '!=' THEN '<>' WHEN ':=' THEN '=>' ELSE v_token END;
        END IF;
        v_interval := v_interval AND v_is_constant;

        IF v_is_constant AND n > 0 THEN
            -- A sign, unless something stands before it from which it subtracts.
            IF v_out[n] IN ('-', '+') AND v_token <> '?s'
               AND (n = 1 OR v_out[n - 1] = ANY (c_before)
                    OR (left(v_out[n - 1], 1) IN ('(', '[', ',', '-', '+', '*', '/', '<', '>', '=', '~', '!', '@', '#', '%', '^', '&', '|', '`')
                        AND v_out[n - 1] <> '*')) THEN
                n := n - 1;
            END IF;
            -- One more constant of a list.
            IF n > 3 AND v_out[n] = ',' AND v_out[n - 1] IN ('?s', '?n', '?p')
               AND (v_out[n - 2] = '(' AND v_out[n - 3] = 'in' OR v_out[n - 2] = '[' AND v_out[n - 3] = 'array') THEN
                n := n - 1;
                CONTINUE;
            END IF;
            -- OFFSET before LIMIT.
            IF n > 2 AND v_out[n] = 'limit' AND v_out[n - 2] = 'offset' THEN
                v_out[n - 2] := 'limit';
                v_out[n] := 'offset';
            END IF;
        END IF;
        n := n + 1;
        v_out[n] := v_token;

        IF v_token = ')' AND v_begin[n] IS NOT NULL THEN
            v_end := v_begin[n];
            IF n = v_end + 2 AND v_out[n - 1] IN ('?s', '?n', '?p')
               AND (v_end = 1 OR v_out[v_end - 1] IN (',', '(', 'select', 'where', 'and', 'or', 'not', 'then', 'else', 'when', 'limit', 'offset')
                    OR left(v_out[v_end - 1], 1) IN ('-', '+', '*', '/', '<', '>', '=', '~', '!', '@', '#', '%', '^', '&', '|', '`')) THEN
                -- Parentheses around one constant.
                v_out[v_end] := v_out[n - 1];
                n := v_end;
            ELSIF n > v_end + 3 AND v_out[n - 1] = ')' AND v_begin[n - 1] = v_end + 1
                  AND (v_end = 1 OR v_out[v_end - 1] IN ('(', ',', 'select', 'from', 'join', 'where', 'and', 'or', 'not', 'on', 'union', 'all',
                                                        'except', 'intersect', 'exists', '=', '<', '>')) THEN
                -- Parentheses around parentheses.
                v_out[v_end:n - 2] := v_out[v_end + 1:n - 1];
                n := n - 2;
                v_begin[n] := v_end;
            ELSIF v_end > 3 AND v_out[v_end - 1] = ',' AND v_out[v_end - 2] = ')' AND v_begin[v_end - 2] IS NOT NULL
                  AND n - v_end = v_end - 2 - v_begin[v_end - 2]
                  AND array_to_string(v_out[v_begin[v_end - 2]:v_end - 2], ' ') = array_to_string(v_out[v_end:n], ' ') THEN
                -- A row like the one before.
                n := v_end - 2;
            END IF;
        END IF;
    END LOOP;
    WHILE v_out[n] = ';' LOOP
        n := n - 1;
    END LOOP;
    IF n > 1 AND v_out[1] IN ('savepoint', 'release', 'rollback') AND v_out[n] NOT IN ('work', 'transaction') THEN
        v_out[n] := '?';
    END IF;

    -- For readers: no spaces inside of names, brackets and casts.
    v_query := ' ' || array_to_string(v_out[1:n], ' ') || ' ';
    v_query := replace(replace(replace(v_query, ' ?s', ' ?'), ' ?n', ' ?'), ' ?p', ' ?');
    v_query := replace(replace(replace(replace(v_query, ' . ', '.'), ' :: ', '::'), ' ,', ','), ' ;', ';');
    v_query := btrim(replace(replace(replace(replace(v_query, '( ', '('), ' )', ')'), '[ ', '['), ' ]', ']'), ' ;');
    FOR v_round IN REVERSE cardinality(v_names)..1 LOOP
        v_query := replace(v_query, '"' || v_round || '"', v_names[v_round]);
    END LOOP;
    RETURN v_query;
END
$function$;

COMMENT ON FUNCTION domainflow.normalize_query(text)
IS 'A statement without constants, parameters, comments and needless white space, in lower case.';
REVOKE ALL ON FUNCTION domainflow.normalize_query(text) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION domainflow.normalize_query(text) TO domainflow_app, domainflow_reader;
