-- Metrics of many like transactions in one row, so that a client can count at home and write from time to time.
--! lock-timeout: 2s

ALTER TABLE domainflow.transaction_metric
ADD COLUMN transactions integer NOT NULL DEFAULT 1
CONSTRAINT transaction_metric_transactions_check CHECK (transactions OPERATOR(pg_catalog.>=) 1);
COMMENT ON COLUMN domainflow.transaction_metric.transactions IS
'How many transactions the row stands for; with more than one, duration_ms is their mean, and they differ by 2 % at most.';

--! include functions/transaction/record_transaction_counts.sql @0.2.0
--! include functions/transaction/get_transaction_performance_stats.sql @0.2.0
