SELECT domainflow.log_authorization_decision('user-' || :client_id, 'document', '7', 'edit', 'allow', '{owner}', '{"tenant": "acme", "level": 3}', '{"ip": "10.0.0.1", "path": "/documents/7"}', 0.25);
