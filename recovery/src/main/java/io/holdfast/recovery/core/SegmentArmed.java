package io.holdfast.recovery.core;

/**
 * Somebody switched recovery off for the whole segment, during work that nobody can explain to the signals.
 *
 * <p>Nothing passes it, no power reading and no word: "off" that is sometimes on would be worth nothing. Fails closed:
 * before the orders are read from the store nothing is decided at all.
 */
record SegmentArmed() implements Guard {

    @Override
    public String name() {
        return "disarmed";
    }

    @Override
    public Mode mode() {
        return Mode.FAIL_CLOSED;
    }

    @Override
    public Finding review(Situation situation) {
        SegmentOrders orders = situation.orders();
        return switch (orders.armed()) {
            case ARMED -> act("the segment is armed");
            case FREEZE ->
                hold("the segment is disarmed (freeze) by " + orders.why()
                        + ". Nothing is done until it is armed again");
            case IGNORE ->
                new Finding(
                        name(),
                        mode(),
                        Decision.IGNORE,
                        "the segment is disarmed (ignore) by " + orders.why()
                                + ". The verdict is noted and nothing comes of it; a host that is still gone when the"
                                + " segment is armed again is judged then");
        };
    }
}
