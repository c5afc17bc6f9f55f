package io.holdfast.model;

import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * What an instance wants of any host that is to run it, by what the host is and whoever lives there: what its flavor and its image said when it
 * was made.
 *
 * <p>A flavor says it in extra specs, in Nova's words where Nova has some: {@code aggregate_instance_extra_specs:KEY},
 * {@code trait:NAME=required|forbidden}, {@code resources:CLASS=AMOUNT}, those of {@link NumaWish}; and {@code holdfast:any_trait=A,B}, also as {@code holdfast:any_trait:WORD}, for at least one of several. An
 * image says {@code trait:NAME=required}; of an image any other value of a trait means nothing, as in Nova, since images come from elsewhere as well.
 *
 * @param aggregates by key of an aggregate's metadata: what the host's aggregates must have, in the operators of Nova's extra specs
 * @param required traits that the host must have
 * @param forbidden traits that it must not have
 * @param anyOf sets of traits; it must have one of each
 * @param amounts what it has of the host besides processors, memory and disk
 * @param image the image's properties beside its traits
 * @param numa what it wants of processors and memory beyond their amount
 */
public record HostWish(
        Map<String, String> aggregates,
        Set<String> required,
        Set<String> forbidden,
        Set<Set<String>> anyOf,
        Amounts amounts,
        Map<String, String> image,
        NumaWish numa) {

    /** Of an instance to which every host is the same. */
    public static final HostWish NONE = new HostWish(Map.of(), Set.of(), Set.of(), Set.of(), Amounts.NONE, Map.of());

    /** How a flavor's extra spec begins that is about aggregates; what follows is a key of their metadata. */
    public static final String AGGREGATE = "aggregate_instance_extra_specs:";

    /** How an extra spec or a property begins that is about a trait; what follows is its name. */
    public static final String TRAIT = "trait:";

    /** The extra spec that names several traits of which one must be there; more of them have a colon and a word behind it. */
    public static final String ANY_TRAIT = "holdfast:any_trait";

    private static final String REQUIRED = "required";
    private static final String FORBIDDEN = "forbidden";
    private static final Pattern NAME = Pattern.compile("[A-Z0-9_]{1,255}");

    public HostWish {
        aggregates = Map.copyOf(aggregates);
        required = Set.copyOf(required);
        forbidden = Set.copyOf(forbidden);
        anyOf = anyOf.stream().map(Set::copyOf).collect(Collectors.toUnmodifiableSet());
        image = Map.copyOf(image);
    }

    /** Of one that may float over the processors that are nobody's own. */
    public HostWish(
            Map<String, String> aggregates,
            Set<String> required,
            Set<String> forbidden,
            Set<Set<String>> anyOf,
            Amounts amounts,
            Map<String, String> image) {
        this(aggregates, required, forbidden, anyOf, amounts, image, NumaWish.NONE);
    }

    /** The same with another wish for processors and memory. */
    public HostWish with(NumaWish other) {
        return other.equals(numa) ? this : new HostWish(aggregates, required, forbidden, anyOf, amounts, image, other);
    }

    /** Of one that wants this of aggregates and nothing else. */
    public static HostWish ofAggregates(Map<String, String> aggregates) {
        return new HostWish(aggregates, Set.of(), Set.of(), Set.of(), Amounts.NONE, Map.of());
    }

    /**
     * Reads it. What is about something else is left out; what {@link #check} refuses, and was written before there was a check, wants nothing.
     *
     * @param specs a flavor's extra specs
     * @param properties an image's properties
     */
    public static HostWish of(Map<String, String> specs, Map<String, String> properties) {
        Map<String, String> aggregates = new HashMap<>();
        Set<String> required = new HashSet<>();
        Set<String> forbidden = new HashSet<>();
        Set<Set<String>> anyOf = new HashSet<>();
        specs.forEach((key, value) -> {
            if (key.startsWith(AGGREGATE)) {
                aggregates.put(key.substring(AGGREGATE.length()), value);
            } else if (key.startsWith(TRAIT) && value.equals(REQUIRED)) {
                required.add(key.substring(TRAIT.length()));
            } else if (key.startsWith(TRAIT) && value.equals(FORBIDDEN)) {
                forbidden.add(key.substring(TRAIT.length()));
            } else if (namesAny(key)) {
                anyOf.add(traits(value));
            }
        });
        Map<String, String> image = new HashMap<>();
        properties.forEach((key, value) -> {
            if (!key.startsWith(TRAIT)) {
                image.put(key, value);
            } else if (value.equals(REQUIRED)) {
                required.add(key.substring(TRAIT.length()));
            }
        });
        HostWish wish = new HostWish(
                aggregates, required, forbidden, anyOf, Amounts.ofSpecs(specs), image, NumaWish.of(specs, properties));
        return wish.equals(NONE) ? NONE : wish;
    }

    /**
     * Whether a flavor may say so.
     *
     * @throws IllegalArgumentException with what is wrong, for whoever wrote it
     */
    public static void check(Map<String, String> specs) {
        Amounts.check(specs);
        NumaWish.check(specs);
        specs.forEach((key, value) -> {
            if (key.startsWith(TRAIT)) {
                requireName(key, key.substring(TRAIT.length()));
                if (!value.equals(REQUIRED) && !value.equals(FORBIDDEN)) {
                    throw new IllegalArgumentException(
                            key + " must be " + REQUIRED + " or " + FORBIDDEN + ", is '" + value + "'");
                }
            } else if (namesAny(key)) {
                traits(value).forEach(trait -> requireName(key, trait));
            }
        });
    }

    private static void requireName(String key, String trait) {
        if (!NAME.matcher(trait).matches()) {
            throw new IllegalArgumentException(
                    key + ": '" + trait + "' is no trait (1 to 255 capital letters, digits and underscores)");
        }
    }

    private static boolean namesAny(String key) {
        return key.equals(ANY_TRAIT) || key.startsWith(ANY_TRAIT + ":");
    }

    private static Set<String> traits(String list) {
        return Stream.of(list.split(",", -1)).map(String::strip).collect(Collectors.toSet());
    }

    /** The same with other amounts. */
    public HostWish withAmounts(Amounts other) {
        return new HostWish(aggregates, required, forbidden, anyOf, other, image);
    }

    /** Whether any trait is required, forbidden or one of several. */
    public boolean namesTraits() {
        return !required.isEmpty() || !forbidden.isEmpty() || !anyOf.isEmpty();
    }
}
