package io.holdfast.chaos.sim;

import java.util.List;

/** Ladders of fencing as data centres have them: one level to three, and two supplies for some hosts. */
final class Ladders {

    private Ladders() {}

    /**
     * Its last level is that it stops itself; four hosts in ten have no other, three a management controller before it, and the others
     * what they had. One in seven arms no watchdog.
     */
    static void endInItself(Host host, Dice dice) {
        host.fencesItself(dice.chance(0.85));
        int others = dice.between(0, 9);
        if (others < 4) {
            host.fencedBy(List.of());
        } else if (others < 7) {
            host.fencedBy(List.of(List.of(host.bmc())));
        }
    }

    /** A host's ladder, from dice of its own. */
    static void give(Host host, Dice dice) {
        List<PowerDevice> bmc = List.of(host.bmc());
        List<PowerDevice> outlets = List.of(host.outlet(), host.secondOutlet());
        switch (dice.between(0, 9)) {
            case 0, 1, 2, 3 -> host.fencedBy(List.of(bmc));
            case 4, 5 -> host.fencedBy(List.of(bmc, List.of(host.outlet())));
            case 6, 7 -> host.fencedBy(List.of(bmc, outlets));
            case 8 -> host.fencedBy(List.of(outlets, bmc));
            default -> host.fencedBy(List.of(bmc, List.of(host.chassis()), outlets));
        }
    }
}
