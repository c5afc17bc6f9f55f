package io.holdfast.model;

import java.util.ArrayList;
import java.util.Collection;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SortedMap;
import java.util.SortedSet;
import java.util.StringJoiner;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * PCI devices of a host that guests may have for themselves, by alias: what a host has, what is left of it, or what an instance was given.
 *
 * @param of by alias, addresses as the kernel writes them: {@code 0000:3b:00.0}; a device has one alias
 */
public record Devices(SortedMap<String, SortedSet<String>> of) {

    public static final Devices NONE = new Devices(new TreeMap<>());

    private static final Pattern ALIAS = Pattern.compile("[A-Za-z0-9][A-Za-z0-9_.-]{0,62}");
    private static final Pattern ADDRESS = Pattern.compile("[0-9a-f]{4,8}:[0-9a-f]{2}:[01][0-9a-f]\\.[0-7]");

    public Devices {
        SortedMap<String, SortedSet<String>> copy = new TreeMap<>();
        of.forEach((alias, addresses) -> {
            requireAlias(alias);
            for (String address : addresses) {
                if (!isAddress(address)) {
                    throw new IllegalArgumentException("'" + address + "' is no PCI address, as in 0000:3b:00.0");
                }
            }
            if (!addresses.isEmpty()) {
                copy.put(alias, Collections.unmodifiableSortedSet(new TreeSet<>(addresses)));
            }
        });
        of = Collections.unmodifiableSortedMap(copy);
    }

    /** @throws IllegalArgumentException for a word that can be no alias */
    public static void requireAlias(String alias) {
        if (!ALIAS.matcher(alias).matches()) {
            throw new IllegalArgumentException(
                    "'" + alias + "' is no alias of devices (1 to 63 letters, digits, dots, hyphens or underscores)");
        }
    }

    public static boolean isAddress(String text) {
        return ADDRESS.matcher(text).matches();
    }

    /** As many as are wanted of each alias, the lowest addresses first, or nothing. */
    public Optional<Devices> take(Amounts wanted) {
        SortedMap<String, SortedSet<String>> taken = new TreeMap<>();
        for (Map.Entry<String, Integer> one : wanted.of().entrySet()) {
            SortedSet<String> here = of.getOrDefault(one.getKey(), Collections.emptySortedSet());
            if (here.size() < one.getValue()) {
                return Optional.empty();
            }
            taken.put(one.getKey(), new TreeSet<>(new ArrayList<>(here).subList(0, one.getValue())));
        }
        return Optional.of(taken.isEmpty() ? NONE : new Devices(taken));
    }

    /** Why there are not as many, in words for people, or null. */
    public @Nullable String objection(Amounts wanted) {
        StringJoiner words = new StringJoiner("; ");
        wanted.of().forEach((alias, count) -> {
            int here = of.getOrDefault(alias, Collections.emptySortedSet()).size();
            if (here < count) {
                words.add("has " + here + " free devices " + alias + ", the instance wants " + count);
            }
        });
        return words.length() == 0 ? null : words.toString();
    }

    /** The same without what is somebody's, whatever it was called when he got it. */
    public Devices without(Devices held) {
        if (held.of.isEmpty() || of.isEmpty()) {
            return this;
        }
        SortedSet<String> gone = new TreeSet<>(held.addresses());
        SortedMap<String, SortedSet<String>> left = new TreeMap<>();
        of.forEach((alias, addresses) -> {
            SortedSet<String> rest = new TreeSet<>(addresses);
            rest.removeAll(gone);
            left.put(alias, rest);
        });
        return new Devices(left);
    }

    /** All of them, in the order in which a guest sees them. */
    public List<String> addresses() {
        return of.values().stream().flatMap(Collection::stream).toList();
    }

    /**
     * Reads what {@link #toString} wrote.
     *
     * @throws IllegalArgumentException when it is something else
     */
    public static Devices parse(String text) {
        if (text.isEmpty()) {
            return NONE;
        }
        SortedMap<String, SortedSet<String>> devices = new TreeMap<>();
        for (String one : text.split(",", -1)) {
            int equals = one.indexOf('=');
            if (equals < 0) {
                throw new IllegalArgumentException("'" + one + "' says nothing of devices");
            }
            devices.put(
                    one.substring(0, equals),
                    new TreeSet<>(List.of(one.substring(equals + 1).split("\\|", -1))));
        }
        return new Devices(devices);
    }

    /** {@code gpu=0000:3b:00.0|0000:3c:00.0,nic=0000:18:10.2}; empty for none. */
    @Override
    public String toString() {
        StringJoiner all = new StringJoiner(",");
        of.forEach((alias, addresses) -> all.add(alias + "=" + String.join("|", addresses)));
        return all.toString();
    }
}
