/// Bodies of functions, each laid out in another way, that add one to `t.n` and lose an update. `set_n` sets it.
enum LostUpdateBodies {
    static let all = [
        "DECLARE v int; BEGIN SELECT n INTO v FROM t WHERE id = 1; UPDATE t SET n = v + 1 WHERE id = 1; RETURN v + 1; END",
        """

        DECLARE
            v int;
        BEGIN
            SELECT n INTO v FROM t WHERE id = 1;
            IF v IS NULL THEN
                RETURN 0;
            ELSE UPDATE t SET n = v + 1 WHERE id = 1; END IF;
            RETURN v + 1;
        END
        """,
        "declare v int; begin v := n from t where id = 1; update t set n = v + 1; return v + 1; end",
        """
        <<outer>>
        DECLARE v int;
        BEGIN
            v := (SELECT n
                    FROM t); UPDATE t -- the second of the line
               SET n = v + 1; RETURN v + 1;
        END
        """,
        """
        DECLARE v int;
        BEGIN
            FOR i IN 1..1 LOOP SELECT n INTO STRICT v FROM t; IF v >= 0 THEN UPDATE t SET n = v + 1; END IF; END LOOP;
            RETURN v + 1;
        END
        """,
        """
        DECLARE r record;
        BEGIN
            FOR r IN SELECT * FROM t LOOP
                UPDATE t SET n = r.n + 1 WHERE id = r.id;
            END LOOP;
            RETURN r.n + 1;
        END
        """,
        """
        DECLARE v int;
        BEGIN
            EXECUTE 'SELECT n FROM t' INTO v; EXECUTE format('UPDATE %I SET n = $1 + 1; ', 't') USING v;
            RETURN v + 1;
        END
        """,
        """
        DECLARE v int;
        BEGIN
            BEGIN SELECT n INTO v FROM t; EXCEPTION WHEN others THEN RETURN -1; END; PERFORM set_n(v + 1); RETURN v + 1;
        END
        """,
        """
        DECLARE v int;
        BEGIN
            SELECT n INTO v FROM t;
            CASE WHEN v < 0 THEN RETURN v; ELSE UPDATE t SET n = CASE WHEN v > 5 THEN 0 ELSE v + 1 END; END CASE;
            RETURN v + 1;
        END
        """,
        """
        DECLARE v int; w int;
        BEGIN
            IF (SELECT n FROM t) >= 0 THEN SELECT n INTO v FROM t; END IF;
            WITH new AS (UPDATE t SET n = v + 1 RETURNING n) SELECT n INTO w FROM new; RETURN w;
        END
        """,
        """
        DECLARE c CURSOR FOR SELECT n FROM t; v int;
        BEGIN OPEN c; FETCH c INTO v; CLOSE c; UPDATE t SET n = v + 1; RETURN v + 1; END
        """,
        """
        DECLARE v int = 0;
        BEGIN
            WHILE v < (SELECT n FROM t) + 1 LOOP v := v + 1; END LOOP;
            UPDATE t SET n = v;/* ; */RETURN
                v;
        END
        """,
        """
        #variable_conflict use_column
        DECLARE v int; BEGIN SELECT n INTO v FROM t; UPDATE t SET n = v + 1; RETURN v + 1; END
        """,
        """
        DECLARE v int; BEGIN SELECT n INTO v FROM t; IF v < 0 THEN RETURN 0; ELSIF v > 9 THEN RETURN 9; \
        ELSE UPDATE t SET n = v + 1; END IF; RETURN v + 1; END
        """,
        """
        DECLARE v int;
        BEGIN
            LOOP
                SELECT n INTO v FROM t; EXIT WHEN v >= 0;
            END LOOP;
            UPDATE t SET n = v + 1; RETURN v + 1;
        END
        """,
        """
        DECLARE v int; i int;
        BEGIN
            FOREACH i IN ARRAY '{1}'::int[] LOOP
                CONTINUE WHEN i IS NULL;
                SELECT n INTO v FROM t WHERE id = i;
                UPDATE t SET n = v + 1 WHERE id = i;
            END LOOP;
            RETURN v + 1;
        END
        """,
        "DECLARE v t%ROWTYPE; BEGIN SELECT * INTO v FROM t; v.n := v.n + 1; UPDATE t SET n = v.n; RETURN v.n; END",
        """
        DECLARE v int; s text := 'a;b''; END';
        BEGIN
            SELECT n INTO v FROM t; s := s || $x$ BEGIN; END $x$; UPDATE t SET n = v + 1; RETURN v + 1;
        END
        """,
        """
        DECLARE v int; BEGIN /* one /* two; */ ; */ SELECT n INTO v FROM t; -- UPDATE t SET n = 0;
         UPDATE t SET n = v + 1; RETURN v + 1; END
        """,
        """
        DECLARE
        \tv int;
        BEGIN
        \tSELECT n\tINTO v FROM t;


        \tUPDATE t

        \tSET n = v + 1;
        \tRETURN v + 1;
        END;
        """,
        """
        DECLARE v int; "begin" int;
        BEGIN SELECT n INTO "begin" FROM t; v := "begin" + 1; UPDATE t SET n = v; RETURN v; END
        """,
        "DECLARE v int; w int; BEGIN SELECT n INTO v FROM t; UPDATE t SET n = v + 1 RETURNING n INTO w; RETURN w; END",
        "DECLARE v int; BEGIN SELECT n INTO v FROM t; UPDATE t SET n = x.y FROM (SELECT v + 1 AS y) AS x; RETURN v + 1; END",
        """
        DECLARE v int; BEGIN SELECT n INTO v FROM t; INSERT INTO t VALUES (1, v + 1) ON CONFLICT (id) DO \
        UPDATE SET n = excluded.n; RETURN v + 1; END
        """,
        """
        DECLARE v int;
        BEGIN
            SELECT n INTO v FROM t;
            MERGE INTO t USING (SELECT v + 1 AS y) AS x ON true WHEN MATCHED THEN UPDATE SET n = x.y;
            RETURN v + 1;
        END
        """,
        """
        DECLARE r record; BEGIN FOR r IN EXECUTE 'SELECT n FROM t' LOOP EXECUTE 'UPDATE t SET n = $1' USING \
        r.n + 1; END LOOP; RETURN r.n + 1; END
        """,
        """
        DECLARE c CURSOR FOR SELECT id, n FROM t; v int;
        BEGIN
            FOR r IN c LOOP UPDATE t SET n = r.n + 1 WHERE id = r.id; v := r.n + 1; END LOOP;
            RETURN v;
        END
        """,
        """
        DECLARE c refcursor; v int;
        BEGIN
            OPEN c FOR SELECT n FROM t; FETCH NEXT FROM c INTO v; MOVE c; CLOSE c;
            UPDATE t SET n = v + 1; RETURN v + 1;
        END
        """,
        """
        DECLARE v int; k bigint;
        BEGIN
            SELECT n INTO v FROM t; GET DIAGNOSTICS k = ROW_COUNT;
            ASSERT k = 1, 'one; row'; UPDATE t SET n = v + k::int; RETURN v + k::int;
        END
        """,
        "DECLARE v int; BEGIN SELECT n INTO v FROM t; RAISE DEBUG 'n; is %', v; UPDATE t SET n = v + 1; RETURN v + 1; END",
        """
        <<a>> DECLARE v int; BEGIN <<b>> DECLARE v int; BEGIN SELECT n INTO b.v FROM t; a.v := b.v + 1; \
        END; UPDATE t SET n = a.v; RETURN a.v; END
        """,
        """
        DECLARE v CONSTANT int := (SELECT n FROM t);
        BEGIN
            UPDATE t SET n = v + 1;
            RETURN v + 1;
        END
        """,
        """
        DECLARE v int;
        BEGIN
            SELECT n INTO v FROM t;
            IF v >= 0
            THEN
                UPDATE t
                SET n = v + 1
                ;
            END
            IF
            ;
            RETURN
            v + 1
            ;
        END
        """,
        """
        DECLARE v int; BEGIN SELECT n INTO v FROM t; CASE v WHEN -1, -2 THEN NULL; ELSE UPDATE t SET n = v \
        + 1; END CASE; RETURN v + 1; END
        """,
        """
        DECLARE v int;
        BEGIN
            BEGIN
                SELECT n INTO v FROM t;
                UPDATE t SET n = v + 1;
            EXCEPTION WHEN division_by_zero OR unique_violation THEN NULL;
            END;
            RETURN v + 1;
        END
        """,
        """
        DECLARE v int; BEGIN FOR i IN REVERSE 1..1 BY 1 LOOP SELECT n INTO v FROM t; END LOOP; <<w>> WHILE \
        true LOOP UPDATE t SET n = v + 1; EXIT w; END LOOP; RETURN v + 1; END
        """,
        "DECLARE größe int; BEGIN SELECT n INTO größe FROM t; UPDATE t SET n = größe + 1; RETURN größe + 1; END",
        "DECLARE v int; BEGIN PERFORM set_n(v) FROM t WHERE false; v = n FROM t; PERFORM set_n(v + 1); RETURN v + 1; END",
        "DECLARE v int[]; BEGIN v[1] := (SELECT n FROM t); UPDATE t SET n = v[1] + 1; RETURN v[1] + 1; END",
        "DECLARE v int; BEGIN\r\n    SELECT n INTO v FROM t;\r\n    UPDATE t SET n = v + 1;\r\n    RETURN v + 1;\r\nEND\r\n",
    ]
}
