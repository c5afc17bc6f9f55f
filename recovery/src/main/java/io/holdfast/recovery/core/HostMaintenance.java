package io.holdfast.recovery.core;

/**
 * Somebody works on the host: they reboot it, and switch it off. So silence and power that reads off are expected; a word
 * is not, and passes.
 *
 * <p>Fails open: a host that the store does not know has no maintenance.
 */
record HostMaintenance() implements Guard {

    @Override
    public String name() {
        return "host-maintenance";
    }

    @Override
    public Mode mode() {
        return Mode.FAIL_OPEN;
    }

    @Override
    public Finding review(Situation situation) {
        String by = situation.hostMaintenance();
        if (by == null) {
            return act("the host is not in maintenance");
        }
        return situation.word()
                ? act("the host is in maintenance, and somebody answers for it")
                : hold("the host is in maintenance by " + by
                        + ". It goes on when the maintenance ends, or on force-down or confirm-dead");
    }
}
