package io.holdfast.api.placement;

import io.holdfast.api.http.ApiFault;
import io.holdfast.api.http.Call;
import io.holdfast.api.http.PlacementFaults;
import io.holdfast.placement.Term;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.UUID;
import java.util.function.BiFunction;
import java.util.function.ToIntFunction;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** What the query of one request asks for, as its microversion reads it. */
final class Asked {

    /** More than anybody asks for, few enough to search. */
    static final int TERMS_MAX = 100;

    private static final Pattern AMOUNT = Pattern.compile("([A-Z0-9_]{1,255}):([1-9]\\d{0,9})");
    private static final Pattern NAME = Pattern.compile("[A-Z0-9_]{1,255}");

    private static final int FORBIDDEN_TRAITS = 22;
    private static final int SEVERAL_AGGREGATES = 24;
    private static final int FORBIDDEN_AGGREGATES = 32;
    private static final int ANY_TRAITS = 39;

    private final Call call;

    /** @throws ApiFault 400 for a parameter that is not one of these */
    Asked(Call call, Map<String, Integer> since) {
        this(call, name -> since.getOrDefault(name, Integer.MAX_VALUE));
    }

    /** @param since from which minor version on there is a parameter of that name */
    Asked(Call call, ToIntFunction<String> since) {
        this.call = call;
        requireKnown(since);
    }

    private void requireKnown(ToIntFunction<String> since) {
        for (String name : call.asked().names()) {
            if (!call.version().atLeast(since.applyAsInt(name))) {
                throw wrong("Additional properties are not allowed ('" + name + "' was unexpected)");
            }
        }
    }

    Set<String> names() {
        return new TreeSet<>(call.asked().names());
    }

    Optional<String> one(String name) {
        List<String> all = call.asked().getAll(name);
        if (all.size() > 1) {
            throw new ApiFault(
                    400,
                    PlacementFaults.DUPLICATE_KEY,
                    "Invalid query string parameters: '" + name + "' is given twice");
        }
        return all.stream().findFirst();
    }

    /** In the order of the request. */
    List<String> all(String name) {
        return limited(name, call.asked().getAll(name));
    }

    Optional<UUID> id(String name) {
        return one(name).map(text -> Ids.asked(name, text));
    }

    /** {@code VCPU:2,MEMORY_MB:512}. */
    Map<String, Integer> resources(String name) {
        Map<String, Integer> resources = new LinkedHashMap<>();
        one(name).ifPresent(text -> {
            for (String part : parts(name, text)) {
                Matcher matcher = AMOUNT.matcher(part.strip());
                if (!matcher.matches() || Long.parseLong(matcher.group(2)) > Integer.MAX_VALUE) {
                    throw wrong("Badly formed resources parameter. Expected resources query string parameter in form:"
                            + " ?resources=VCPU:2,MEMORY_MB:1024. Got: " + text);
                }
                if (resources.put(matcher.group(1), Integer.valueOf(matcher.group(2))) != null) {
                    throw wrong("Badly formed resources parameter: " + matcher.group(1) + " is given twice.");
                }
            }
        });
        return resources;
    }

    /** {@code A,!B}, and from 1.39 on {@code in:A,B}, and several times. */
    List<Term<String>> traits(String name) {
        boolean any = call.version().atLeast(ANY_TRAITS);
        List<String> all = any ? call.asked().getAll(name) : one(name).stream().toList();
        List<Term<String>> terms = new ArrayList<>();
        for (String text : all) {
            if (any && text.startsWith("in:")) {
                Set<String> of = new TreeSet<>();
                parts(name, text.substring(3)).forEach(one -> of.add(trait(name, one)));
                terms.add(new Term<>(of, false));
                continue;
            }
            for (String one : parts(name, text)) {
                boolean forbidden = one.startsWith("!");
                if (forbidden && !call.version().atLeast(FORBIDDEN_TRAITS)) {
                    throw wrong("'" + one + "' forbids a trait, which there is from 1." + FORBIDDEN_TRAITS + " on.");
                }
                terms.add(new Term<>(Set.of(trait(name, forbidden ? one.substring(1) : one)), forbidden));
            }
        }
        requireSense(name, terms);
        return limited(name, terms);
    }

    private static void requireSense(String name, List<Term<String>> terms) {
        Set<String> both = new HashSet<>();
        terms.stream()
                .filter(term -> !term.forbidden() && term.of().size() == 1)
                .forEach(term -> both.addAll(term.of()));
        Set<String> forbidden = new HashSet<>();
        terms.stream().filter(Term::forbidden).forEach(term -> forbidden.addAll(term.of()));
        both.retainAll(forbidden);
        if (!both.isEmpty()) {
            throw wrong("Conflicting required and forbidden traits found in the following traits keys: " + name + ": ("
                    + String.join(", ", new TreeSet<>(both)) + ")");
        }
    }

    /** {@code uuid}, {@code in:uuid,uuid}; from 1.24 on several times, from 1.32 on with {@code !} before it. */
    List<Term<UUID>> aggregates(String name) {
        List<String> all = call.version().atLeast(SEVERAL_AGGREGATES)
                ? call.asked().getAll(name)
                : one(name).stream().toList();
        List<Term<UUID>> terms = new ArrayList<>();
        for (String text : all) {
            boolean forbidden = text.startsWith("!");
            if (forbidden && !call.version().atLeast(FORBIDDEN_AGGREGATES)) {
                throw wrong(
                        "Forbidden member_of parameters are not supported in the specified microversion; got: " + text);
            }
            String rest = forbidden ? text.substring(1) : text;
            Set<UUID> of = new HashSet<>();
            if (rest.startsWith("in:")) {
                parts(name, rest.substring(3)).forEach(one -> of.add(Ids.asked(name, one)));
            } else {
                of.add(Ids.asked(name, rest));
            }
            terms.add(new Term<>(of, forbidden));
        }
        return limited(name, terms);
    }

    /** All parameters whose name begins so, by what follows. */
    <T> Map<String, T> bySuffix(String prefix, BiFunction<Asked, String, T> read) {
        Map<String, T> all = new LinkedHashMap<>();
        for (String name : names()) {
            if (name.startsWith(prefix)) {
                all.put(name.substring(prefix.length()), read.apply(this, name));
            }
        }
        return all;
    }

    static ApiFault wrong(String why) {
        return new ApiFault(400, PlacementFaults.BAD_VALUE, "Invalid query string parameters: " + why);
    }

    private static String trait(String parameter, String text) {
        if (!NAME.matcher(text).matches()) {
            throw wrong("Invalid query string parameters: Expected '" + parameter
                    + "' parameter value of the form: HW_CPU_X86_VMX,CUSTOM_MAGIC. Got: '" + text + "'");
        }
        return text;
    }

    private static List<String> parts(String name, String text) {
        List<String> parts = List.of(text.split(",", -1));
        if (parts.stream().anyMatch(String::isBlank)) {
            throw wrong("'" + name + "' has an empty value: '" + text + "'");
        }
        return limited(name, parts);
    }

    private static <T> List<T> limited(String name, List<T> all) {
        if (all.size() > TERMS_MAX) {
            throw wrong("'" + name + "' has more than " + TERMS_MAX + " values.");
        }
        return all;
    }
}
