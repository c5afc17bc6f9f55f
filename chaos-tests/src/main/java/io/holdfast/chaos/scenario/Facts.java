package io.holdfast.chaos.scenario;

import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What can be expected to come true in an order: {@code h1 fenced}, {@code h1 is EVACUATING}, {@code vm1 starts on h2}.
 *
 * <p>They are seen from outside: power and guests as the world has them, a proof as the fence journal has it, a state of a
 * case as an operator reads it.
 */
final class Facts {

    static final String FENCED = "fenced";
    static final String STARTS = "starts";
    static final String ENDS = "ends";
    private static final List<String> OF_HOST = List.of(FENCED, "loses power", "gets power", "is STATE");
    private static final List<String> OF_INSTANCE = List.of("starts [on HOST]", "ends [on HOST]", "is STATE");

    private Facts() {}

    /** Is this a fact that could come true with this cast? */
    static void check(String text, Cast cast) {
        List<String> words = Arrays.asList(text.strip().split("\\s+"));
        String subject = words.getFirst();
        List<String> said = words.subList(1, words.size());
        if (cast.isHost(subject)) {
            if (said.size() == 2 && said.getFirst().equals("is")) {
                Cast.phase(said.get(1));
            } else if (!OF_HOST.contains(String.join(" ", said))) {
                throw Mistake.unknown("fact about a host", String.join(" ", said), OF_HOST);
            }
            return;
        }
        cast.instance(subject);
        if (said.size() == 2 && said.getFirst().equals("is")) {
            Cast.move(said.get(1));
            return;
        }
        boolean known = !said.isEmpty()
                && (said.getFirst().equals(STARTS) || said.getFirst().equals(ENDS))
                && (said.size() == 1 || (said.size() == 3 && said.get(1).equals("on")));
        if (!known) {
            throw Mistake.unknown("fact about an instance", String.join(" ", said), OF_INSTANCE);
        }
        if (said.size() == 3) {
            cast.host(said.get(2));
        }
    }

    static String starts(String instance, String host) {
        return instance + " " + STARTS + " on " + host;
    }

    static String ends(String instance, String host) {
        return instance + " " + ENDS + " on " + host;
    }

    static String fenced(String host) {
        return host + " " + FENCED;
    }

    static String power(String host, boolean on) {
        return host + (on ? " gets power" : " loses power");
    }

    /** Of a host's case, or of an instance in one. */
    static String caseIs(String subject, String state) {
        return subject + " is " + state;
    }

    static boolean cameTrue(String fact, List<String> seen) {
        return seen.stream().anyMatch(each -> matches(fact, each));
    }

    /** The first of these facts that did not come true after those before it, or null. */
    static @Nullable String missing(List<String> expected, List<String> seen) {
        int at = 0;
        for (String fact : expected) {
            String wanted = String.join(" ", Arrays.asList(fact.strip().split("\\s+")));
            while (at < seen.size() && !matches(wanted, seen.get(at))) {
                at++;
            }
            if (at == seen.size()) {
                return fact;
            }
            at++;
        }
        return null;
    }

    private static boolean matches(String wanted, String seen) {
        return seen.equals(wanted) || seen.startsWith(wanted + " on ");
    }
}
