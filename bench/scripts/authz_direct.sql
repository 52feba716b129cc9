\set document random(1, :documents)
SELECT domainflow.has_access('user:' || (1 + (:document * 104729::bigint) % :users), 'owner', 'document', :document::text);
