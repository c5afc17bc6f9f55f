package io.holdfast.membership.health;

import io.holdfast.membership.Network;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * Which readings a row is for, as it is written: {@code lease gone, networks missing|none, network storage present}. What is not
 * named may be anything; {@code anything} names nothing.
 */
public final class When {

    static final String ANYTHING = "anything";

    private static final Pattern COMMA = Pattern.compile(",");
    private static final Pattern SPACE = Pattern.compile("\\s+");
    private static final Pattern BAR = Pattern.compile("\\|");

    private When() {}

    /** @throws IllegalArgumentException if it is not written so; says what could stand there */
    static Box parse(String text) {
        Box box = Box.all();
        if (text.strip().equals(ANYTHING)) {
            return box;
        }
        Set<String> named = new HashSet<>();
        for (String item : COMMA.split(text, -1)) {
            String[] words = SPACE.split(item.strip(), -1);
            boolean network = words[0].equals("network");
            if (words.length != (network ? 3 : 2)) {
                throw new IllegalArgumentException("'" + item.strip() + "' is not a condition: write a column and its"
                        + " values, as in 'lease gone' or 'networks missing|none', or 'network NAME gone'; 'anything'"
                        + " alone for no condition");
            }
            String subject = network ? words[0] + " " + words[1] : words[0];
            if (!named.add(subject)) {
                throw new IllegalArgumentException(
                        "'" + subject + "' is named twice; write its values together, as in '" + subject + " a|b'");
            }
            String values = words[words.length - 1];
            if (network) {
                List<String> places = Arrays.stream(Column.Place.values())
                        .map(Column::written)
                        .toList();
                box = box.with(new Network(words[1]), mask(subject, values, places));
            } else {
                Column column = Column.named(subject)
                        .orElseThrow(() -> new IllegalArgumentException("'" + subject + "' is no column, they are "
                                + Stream.of(Column.values()).map(Column::word).collect(Collectors.joining(", "))
                                + " and network NAME"));
                box = box.with(column, mask(subject, values, column.words()));
            }
        }
        return box;
    }

    private static int mask(String subject, String values, List<String> words) {
        int mask = 0;
        for (String value : BAR.split(values, -1)) {
            int at = words.indexOf(value);
            if (at < 0) {
                throw new IllegalArgumentException(
                        "'" + subject + "' cannot be '" + value + "', it is one of " + String.join(", ", words));
            }
            mask |= 1 << at;
        }
        return mask;
    }
}
