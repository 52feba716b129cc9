\set document random(1, :documents)
\set user random(1, :users)
SELECT domainflow.has_access('user:' || :user, 'editor', 'document', :document::text);
