-- What an operation on the chain may say: it moves an asset for an operation of the ledger, or tells the contract something; what is on its
-- way has its number in the lane.
CREATE FUNCTION chain_op_holds(
    kind int, operation bigint, asset bigint, source text, destination text, amount numeric, payload jsonb, status text, sequence bigint,
    attempts int
) RETURNS boolean LANGUAGE plpgsql IMMUTABLE AS $$
BEGIN
    RETURN CASE WHEN kind BETWEEN 0 AND 9
                THEN asset IS NOT NULL AND operation IS NOT NULL AND amount >= 0 AND amount <> 'NaN' AND (source <> '' OR destination <> '')
                ELSE kind >= 10 AND payload IS NOT NULL END
        AND (status = 'pending' OR sequence IS NOT NULL) AND attempts >= 0;
END $$;
