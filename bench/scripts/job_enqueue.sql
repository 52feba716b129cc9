SELECT domainflow.enqueue_job('bench', 'noop', '{"n": 1}');
