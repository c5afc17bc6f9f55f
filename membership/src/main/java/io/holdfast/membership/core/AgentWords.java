package io.holdfast.membership.core;

import io.holdfast.membership.AgentHealth;
import io.holdfast.membership.health.Column;

/**
 * How old agents' words are, and what that makes of them. Pure.
 *
 * <p>An agent says what it says again and again ({@link AgentHealth#REPEAT}). A word is as old as it was when all words were read last: if
 * this controller's reader stands still, that is no agent's fault, and no age counts. Then nothing is known of any host, which is another
 * thing than an agent that has fallen silent. The same when most of the agents that spoke have not said it again together: whatever carries
 * their words is the likelier culprit.
 */
final class AgentWords {

    private AgentWords() {}

    /** An agent has said something, or said it again. */
    static void said(TurnHosts hosts, Observation.AgentWord word, Moment now) {
        HostView host = hosts.getOrUnseen(word.host(), now);
        // It may come before the lease that names its agent, and the word of an earlier agent after it.
        if (host.words() == null || host.isSession(word.agentSession())) {
            hosts.put(host.signs(host.signs().said(word.agentSession(), word.health(), now)));
        }
    }

    /**
     * All that was said by now is taken.
     *
     * @param trustedAt what was not heard before that moment is our own fault
     * @param maxShare the largest share of the agents that may be silent by themselves
     */
    static void read(TurnHosts hosts, Moment trustedAt, double maxShare, Moment now) {
        int spoke = 0;
        int old = 0;
        for (HostView host : hosts.all()) {
            if (host.words() != null && host.lease() instanceof Presence.Present) {
                spoke++;
                old += isOld(host, trustedAt, now) ? 1 : 0;
            }
        }
        boolean together = old > 1 && old > spoke * maxShare;
        for (HostView host : hosts.all()) {
            Signs.Words words = host.words();
            if (words != null) {
                Age age = !isOld(host, trustedAt, now) ? Age.FRESH : together ? Age.OLD_TOGETHER : Age.OLD;
                hosts.put(host.signs(host.signs().read(words.read(now, age))));
            }
        }
    }

    /** Who has its lease back has the whole time anew, and who has none is not asked for a word. */
    private static boolean isOld(HostView host, Moment trustedAt, Moment now) {
        Signs.Words words = host.words();
        return words != null
                && host.lease() instanceof Presence.Present lease
                && now.hasPassed(later(later(words.heardAt(), lease.since()), trustedAt), AgentHealth.VALID);
    }

    private static Moment later(Moment one, Moment other) {
        return one.isBefore(other) ? other : one;
    }

    /** As it was when all words were read last. */
    enum Age {
        FRESH,
        /** Not said again for {@link AgentHealth#VALID}. */
        OLD,
        /** The same, together with most others'. */
        OLD_TOGETHER
    }

    /** What the table sees: whether anything that was said holds now. */
    static Column.Health reading(Signs.Words words, Moment now) {
        if (isUnread(words, now) || words.words().isEmpty()) {
            return Column.Health.UNKNOWN;
        }
        return words.age() == Age.OLD || words.isUnknown() ? Column.Health.STALE : Column.Health.FRESH;
    }

    /** Whether it is our own fault that nothing is known: nothing may be concluded then, not even that all is well. */
    static boolean isUnread(Signs.Words words, Moment now) {
        return words.age() == Age.OLD_TOGETHER || now.hasPassed(words.readAt(), AgentHealth.VALID);
    }

    /** One word, for people. */
    static String text(Signs.Words words, Signs.Word word, Moment now) {
        AgentHealth.Finding finding = word.finding();
        if (reading(words, now) == Column.Health.FRESH || finding.grade() == AgentHealth.Grade.UNKNOWN) {
            return finding.text();
        }
        String why = switch (words.age()) {
            case FRESH -> "this controller has read no agent's word for " + seconds(words.readAt(), now);
            case OLD -> "its agent has not said so again for " + seconds(words.heardAt(), now);
            case OLD_TOGETHER -> "it and most other agents have not been heard for " + seconds(words.heardAt(), now);
        };
        return new AgentHealth.Finding(
                        finding.aspect(), AgentHealth.Grade.UNKNOWN, why + "; before that " + finding.said())
                .text();
    }

    private static String seconds(Moment since, Moment now) {
        return now.since(since).toSeconds() + " s";
    }
}
