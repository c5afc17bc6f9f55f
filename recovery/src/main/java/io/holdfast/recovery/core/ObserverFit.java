package io.holdfast.recovery.core;

/**
 * A verdict by silence is worth what its observer hears. Membership asks itself before it gives one; but a held case is a
 * verdict that an earlier leader gave, and the one who reviews it may be new in office, or deaf.
 *
 * <p>Fails open: a controller that cannot say how well it hears has given or confirmed the verdict all the same.
 */
record ObserverFit() implements Guard {

    @Override
    public String name() {
        return "observer";
    }

    @Override
    public Mode mode() {
        return Mode.FAIL_OPEN;
    }

    @Override
    public Finding review(Situation situation) {
        if (situation.hard()) {
            return act("its power reads off, or somebody answers for it");
        }
        return situation.observerDoubt().isEmpty()
                ? act("this controller hears ZooKeeper and its group, and has done so for its grace period")
                : hold(situation.observerDoubt());
    }
}
