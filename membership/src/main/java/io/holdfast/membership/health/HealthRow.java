package io.holdfast.membership.health;

import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.regex.Pattern;

/**
 * One row of the table.
 *
 * @param name what people and errors call it: a lower-case letter, then letters, digits and dashes, at most 40
 * @param when the readings it is for, as {@link When} has it
 * @param state what it calls such a host
 * @param reactions what follows, each at most once
 * @param says the reason as people are told it, at most 200 characters
 */
public record HealthRow(String name, String when, HealthState state, List<Reaction> reactions, String says) {

    private static final Pattern NAME = Pattern.compile("[a-z][a-z0-9-]{0,39}");
    private static final int SAYS_LIMIT = 200;

    public HealthRow {
        reactions = List.copyOf(reactions);
        if (!NAME.matcher(name).matches()) {
            throw new IllegalArgumentException("membership.health: a row's name is a lower-case letter, then lower-case"
                    + " letters, digits and dashes, at most 40 characters; '" + name + "' is not");
        }
        try {
            Objects.requireNonNull(When.parse(when));
        } catch (IllegalArgumentException wrong) {
            throw new IllegalArgumentException(
                    "membership.health: row '" + name + "', when: " + wrong.getMessage(), wrong);
        }
        List<String> wrong = new ArrayList<>();
        if (says.isBlank() || says.length() > SAYS_LIMIT) {
            wrong.add("'says' must be the reason as people are told it, 1 to " + SAYS_LIMIT + " characters");
        }
        if (reactions.stream().distinct().count() < reactions.size()) {
            wrong.add("a reaction is named twice; name each once");
        }
        boolean fences = reactions.contains(Reaction.FENCE);
        switch (state) {
            case ALIVE -> {
                if (!reactions.isEmpty()) {
                    wrong.add("nothing follows from 'alive'; leave its reactions out, or call it 'degraded'");
                }
            }
            case DEGRADED -> {
                if (fences) {
                    wrong.add("a degraded host lives and is not fenced; leave 'fence' out");
                }
            }
            case SUSPECTED -> {
                if (fences) {
                    wrong.add("a host that is only suspected is not touched; leave 'fence' out, or call it 'lost'");
                }
            }
            case LOST -> {
                if (!fences) {
                    wrong.add("a lost host is fenced; add 'fence', or call it 'suspected' to have a human decide");
                }
            }
            case ISOLATED -> {}
        }
        boolean quiet = !reactions.contains(Reaction.TELL) || !reactions.contains(Reaction.STOP_PLACING);
        if (quiet && state != HealthState.ALIVE && state != HealthState.DEGRADED) {
            wrong.add("of a host that is " + Column.written(state)
                    + " people are always told, and nothing is placed there;"
                    + " add 'tell' and 'stop-placing', so that the table says so");
        }
        if (!wrong.isEmpty()) {
            throw new IllegalArgumentException("membership.health: row '" + name + "': " + String.join("; ", wrong));
        }
    }

    /** Whether such a host is condemned, once nothing casts a doubt on the observer. */
    public boolean fences() {
        return reactions.contains(Reaction.FENCE);
    }

    public boolean has(Reaction reaction) {
        return reactions.contains(reaction);
    }
}
