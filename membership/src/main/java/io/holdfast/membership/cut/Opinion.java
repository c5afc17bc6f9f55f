package io.holdfast.membership.cut;

import java.util.List;
import java.util.stream.Collectors;

/**
 * What the observers that count say together of one member.
 *
 * @param cut whether it is gone from the network
 * @param silentTo who does not hear it, in order
 * @param observers how many were counted, at least 1
 */
public record Opinion(boolean cut, List<Member> silentTo, int observers) {

    public Opinion {
        silentTo = List.copyOf(silentTo);
    }

    /** For people; empty when everybody hears it. */
    public String text() {
        if (silentTo.isEmpty()) {
            return "";
        }
        String names = silentTo.stream().map(Member::text).collect(Collectors.joining(", "));
        return (cut ? "gone by " : "silent to ") + silentTo.size() + " of " + observers + " observers: " + names;
    }
}
