package io.holdfast.recovery.core;

import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/**
 * A rack that falls silent as a whole has rather lost its switch than all its hosts. The guests run on in there, and
 * powering the hosts off would make the wrong conclusion true.
 *
 * <p>A rack that really lost its power looks the same from outside, but for its power devices: where one of them reads
 * "off", its host is condemned, and does not count among the silent ones any more. Somebody's word about one host is no
 * such evidence: it lets that host go on, which then counts as lost for the others, also when its case is closed.
 *
 * <p>Fails open: of a host without labels nobody knows what it shares, and {@link SegmentShare} still bounds the harm.
 *
 * @param share of the hosts of the domain that must be silent together; two at least
 * @param window what "together" means
 */
record DomainLoss(double share, Duration window) implements Guard {

    @Override
    public String name() {
        return "failure-domain";
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
        for (Map.Entry<String, String> domain : situation.domains().names().entrySet()) {
            String kind = domain.getKey();
            int members = 1;
            List<String> silent = new ArrayList<>(List.of(situation.host().value()));
            for (Situation.Neighbour neighbour : situation.neighbours()) {
                if (domain.getValue().equals(neighbour.domains().names().get(kind))) {
                    Instant since = neighbour.silentSince();
                    boolean together = since != null && isTogether(since, situation.silentSince());
                    members += together || !neighbour.out() ? 1 : 0;
                    if (together) {
                        silent.add(neighbour.host().value());
                    }
                }
            }
            if (silent.size() >= needed(members)) {
                return hold(silent.size() + " of " + members + " hosts of " + kind + " " + domain.getValue() + " ("
                        + String.join(", ", silent) + ") fell silent together: this looks like a failed switch rather"
                        + " than failed hosts. It goes on when enough of them are back, when the host's power reads"
                        + " off, or on force-down or confirm-dead");
            }
        }
        return act(
                situation.domains().names().isEmpty()
                        ? "the host has no failure domain"
                        : "no failure domain of it (" + situation.domains() + ") was lost at once");
    }

    private int needed(int members) {
        // A hair less, so that three quarters of four are three and not, by rounding, four.
        return Math.max(2, (int) Math.ceil(members * share - 1e-9));
    }

    private boolean isTogether(Instant one, Instant other) {
        return Duration.between(one, other).abs().compareTo(window) <= 0;
    }
}
