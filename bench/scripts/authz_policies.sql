\set document random(1, :documents)
SELECT domainflow.has_access('user:' || (1 + (:document * 104729::bigint) % :users), 'reader', 'document', :document::text, p_context => '{"level": 5000}');
