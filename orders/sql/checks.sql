-- What an order may say. One function, since PostgreSQL reads the text of each CHECK again at every statement that writes: nine of them took
-- longer than the change itself.
CREATE FUNCTION orders_order_holds(
    status text, hold_kind text, payment_state text, quantity numeric, rate numeric, price numeric, fee numeric, total numeric,
    received numeric, completed_at timestamptz, held_until timestamptz
) RETURNS boolean LANGUAGE plpgsql IMMUTABLE AS $$
DECLARE
    too_much CONSTANT numeric := 100000000000000000000;  -- NaN is above every number, and stays out, too
BEGIN
    RETURN status IN ('created', 'on_hold', 'paid', 'completed', 'refused', 'cancelled')
        AND CASE WHEN status = 'on_hold' THEN hold_kind IN ('hand', 'limit', 'level') ELSE hold_kind = '' END
        AND (hold_kind = 'level') = (held_until IS NOT NULL)  -- what waits for a level has an end, and nothing else has
        AND payment_state IN ('unpaid', 'underpaid', 'paid', 'overpaid', 'double', 'late', 'other_currency')
        AND quantity > 0 AND quantity < too_much AND rate > 0 AND rate < too_much
        AND price > 0 AND fee >= 0 AND total = price + fee AND total < too_much
        AND received >= 0 AND received < too_much
        AND (status = 'completed') = (completed_at IS NOT NULL);
END $$;
