package io.holdfast.api.placement;

import io.holdfast.api.http.ApiFault;
import io.holdfast.api.http.Call;
import io.holdfast.api.http.Operation;
import io.holdfast.api.http.Reply;
import io.holdfast.placement.Provider;
import io.holdfast.placement.Providers;
import io.holdfast.placement.Words;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.util.Collection;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.Predicate;
import java.util.regex.Pattern;

/** The names of traits, and which of them a provider has. */
final class TraitsProxy {

    private static final int SINCE = 6;
    private static final Pattern CUSTOM = Pattern.compile("CUSTOM_[A-Z0-9_]{1,248}");
    private static final Map<String, Integer> FILTERS = Map.of("name", SINCE, "associated", SINCE);

    private final Providers providers;
    private final Words words;
    private final Fresh fresh;

    TraitsProxy(Providers providers, Words words, Fresh fresh) {
        this.providers = providers;
        this.words = words;
        this.fresh = fresh;
    }

    Map<String, Operation> operations() {
        Map<String, Operation> table = new LinkedHashMap<>();
        table.put("listTraits", this::list);
        table.put("showTrait", this::show);
        table.put("putTrait", this::put);
        table.put("deleteTrait", this::delete);
        table.put("listProviderTraits", this::ofProvider);
        table.put("setProviderTraits", this::set);
        table.put("deleteProviderTraits", this::clear);
        return table;
    }

    private static void since(Call call) {
        call.version().requireBetween(SINCE, Integer.MAX_VALUE);
    }

    private Reply list(Call call) {
        since(call);
        Asked asked = new Asked(call, FILTERS);
        Predicate<String> named = asked.one("name").map(TraitsProxy::named).orElse(name -> true);
        Optional<Boolean> associated = asked.one("associated").map(TraitsProxy::flag);
        Set<String> inUse = new HashSet<>();
        if (associated.isPresent()) {
            inUse.addAll(words.traitsInUse());
            // Those that hosts have of their state.
            providers.list().forEach(one -> inUse.addAll(one.traits()));
        }
        List<String> found = words.traits().stream()
                .filter(named)
                .filter(name -> associated.isEmpty() || associated.get() == inUse.contains(name))
                .toList();
        return fresh.now(call, Reply.ok(new JsonObject().put("traits", array(found))));
    }

    private static Predicate<String> named(String filter) {
        if (filter.startsWith("in:")) {
            // Also where somebody gives one twice.
            Set<String> names = new HashSet<>(List.of(filter.substring(3).split(",", -1)));
            return names::contains;
        }
        if (filter.startsWith("startswith:")) {
            String beginning = filter.substring("startswith:".length());
            return name -> name.startsWith(beginning);
        }
        throw Asked.wrong("Badly formatted name parameter. Expected name query string parameter in form:"
                + " ?name=[in|startswith]:[name1,name2|prefix]. Got: \"" + filter + "\"");
    }

    private static boolean flag(String text) {
        return switch (text.toLowerCase(Locale.ROOT)) {
            case "true", "1" -> true;
            case "false", "0" -> false;
            default -> throw Asked.wrong("The query parameter \"associated\" only accepts \"true\" or \"false\"");
        };
    }

    private Reply show(Call call) {
        since(call);
        String name = call.path("name");
        if (!words.traits().contains(name)) {
            throw ApiFault.notFound("No such trait(s): " + name + ".");
        }
        return fresh.now(call, Reply.empty(204));
    }

    private Reply put(Call call) {
        since(call);
        String name = call.path("name");
        if (!CUSTOM.matcher(name).matches()) {
            throw ApiFault.badRequest("The trait is invalid. A valid trait must be no longer than 255 characters, start"
                    + " with the prefix \"CUSTOM_\" and use following characters: \"A\"-\"Z\", \"0\"-\"9\" and \"_\"");
        }
        Reply reply = Reply.empty(words.addTrait(name) ? 201 : 204)
                .with("Location", call.baseUrl() + PlacementApi.PREFIX + "/traits/" + name);
        return fresh.now(call, reply);
    }

    private Reply delete(Call call) {
        since(call);
        words.deleteTrait(call.path("name"));
        return Reply.empty(204);
    }

    private Reply ofProvider(Call call) {
        since(call);
        return view(call, Ids.provider(call, providers));
    }

    private Reply set(Call call) {
        since(call);
        Set<String> traits = new HashSet<>();
        call.body().getJsonArray("traits").forEach(one -> traits.add(String.valueOf(one)));
        return view(
                call,
                providers.describe(Ids.providerId(call), call.body().getLong(InventoriesProxy.GENERATION), traits));
    }

    private Reply clear(Call call) {
        since(call);
        providers.describe(Ids.providerId(call), null, Set.of());
        return Reply.empty(204);
    }

    private Reply view(Call call, Provider provider) {
        return fresh.at(
                call,
                Reply.ok(new JsonObject()
                        .put("traits", array(new TreeSet<>(provider.traits())))
                        .put(InventoriesProxy.GENERATION, provider.generation())),
                provider.updatedAt());
    }

    static JsonArray array(Collection<String> names) {
        return new JsonArray(List.copyOf(names));
    }
}
