\set document random(1, :documents)
SELECT allowed FROM domainflow.check_access('user:' || (1 + (:document * 104729::bigint) % :users), 'owner', 'document', :document::text);
