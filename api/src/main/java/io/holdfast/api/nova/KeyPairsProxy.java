package io.holdfast.api.nova;

import io.holdfast.api.http.ApiFault;
import io.holdfast.api.http.Call;
import io.holdfast.api.http.Operation;
import io.holdfast.api.http.Reply;
import io.holdfast.compute.KeyPairs;
import io.holdfast.compute.KeyPairs.KeyPair;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.time.InstantSource;
import java.util.List;
import java.util.Map;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * Key pairs in Nova's form, each user's own; an administrator may ask for another's from 2.10 on. Up to 2.91 one without a
 * public key is made here, and its private half is in the answer and nowhere else.
 */
final class KeyPairsProxy {

    private static final int WITH_TYPE = 2;
    private static final int OF_OTHERS = 10;
    private static final int PAGED = 35;
    private static final int IMPORT_ONLY = 92;

    /** From 2.92 on a name may have an at sign and a dot, too. */
    private static final Pattern NAME = Pattern.compile("[A-Za-z0-9_ -]+");

    private static final Pattern NAME_LATER = Pattern.compile("[A-Za-z0-9_ @.-]+");

    private final KeyPairs pairs;
    private final InstantSource clock;

    KeyPairsProxy(KeyPairs pairs, InstantSource clock) {
        this.pairs = pairs;
        this.clock = clock;
    }

    Map<String, Operation> operations() {
        return Map.of(
                "listKeyPairs", this::list,
                "createKeyPair", this::create,
                "showKeyPair", this::show,
                "deleteKeyPair", this::delete);
    }

    private Reply list(Call call) {
        List<KeyPair> all = pairs.list(user(call));
        JsonArray shown = new JsonArray();
        if (!call.version().atLeast(PAGED)) {
            all.forEach(pair -> shown.add(new JsonObject().put("keypair", brief(call, pair))));
            return Reply.ok(new JsonObject().put("keypairs", shown));
        }
        Links.Page<KeyPair> page = Links.page(call, all, KeyPair::name);
        page.items().forEach(pair -> shown.add(new JsonObject().put("keypair", brief(call, pair))));
        return Reply.ok(
                page.withNext(new JsonObject().put("keypairs", shown), call, "/v2.1/os-keypairs", "keypairs_links"));
    }

    private Reply create(Call call) {
        JsonObject wanted = call.body().getJsonObject("keypair");
        unknownBefore(call, wanted, "type", WITH_TYPE);
        unknownBefore(call, wanted, "user_id", OF_OTHERS);
        String name = wanted.getString("name").strip();
        if (!(call.version().atLeast(IMPORT_ONLY) ? NAME_LATER : NAME)
                .matcher(name)
                .matches()) {
            throw ApiFault.badRequest("Keypair data is invalid: Keypair name contains unsafe characters");
        }
        String user = wanted.getString("user_id");
        String type = wanted.getString("type", "ssh");
        String publicKey = wanted.getString("public_key");
        if (publicKey == null && call.version().atLeast(IMPORT_ONLY)) {
            throw ApiFault.badRequest("Invalid input for field/attribute keypair. 'public_key' is a required property");
        }
        PublicKeys.Made made = null;
        if (publicKey == null) {
            if (!type.equals("ssh")) {
                throw ApiFault.badRequest("Keypair data is invalid: a pair of type x509 is not made here; give a"
                        + " certificate as public_key");
            }
            made = PublicKeys.make("Generated-by-Holdfast");
        }
        String key = made == null ? publicKey : made.publicKey();
        KeyPair added = pairs.add(new KeyPair(
                mayAct(call, user == null ? call.caller().user() : user),
                name,
                type,
                key,
                PublicKeys.fingerprint(type, key),
                clock.instant()));
        JsonObject view = brief(call, added).put("user_id", added.user());
        if (made != null) {
            view.put("private_key", made.privateKey());
        }
        return Reply.of(call.version().atLeast(WITH_TYPE) ? 201 : 200, new JsonObject().put("keypair", view));
    }

    private Reply show(Call call) {
        KeyPair pair = find(call);
        JsonObject view = brief(call, pair)
                .put("user_id", pair.user())
                // Nova's row number; ours have none, and the name is what a client goes by.
                .put("id", Math.floorMod(pair.name().hashCode(), Integer.MAX_VALUE))
                .put("deleted", false)
                .put("created_at", ServerView.moment(pair.createdAt()))
                .put("deleted_at", null)
                .put("updated_at", null);
        return Reply.ok(new JsonObject().put("keypair", view));
    }

    private Reply delete(Call call) {
        KeyPair pair = find(call);
        pairs.delete(pair.user(), pair.name());
        return Reply.empty(call.version().atLeast(WITH_TYPE) ? 204 : 202);
    }

    private KeyPair find(Call call) {
        String name = call.path("keypair_name");
        String user = user(call);
        return pairs.find(user, name)
                .orElseThrow(() -> ApiFault.notFound("Keypair " + name + " not found for user " + user));
    }

    private static String user(Call call) {
        String user = call.version().atLeast(OF_OTHERS) ? call.query("user_id") : null;
        return mayAct(call, user == null ? call.caller().user() : user);
    }

    private static String mayAct(Call call, String user) {
        if (!user.equals(call.caller().user()) && !call.caller().isAdmin()) {
            throw new ApiFault(403, "Policy doesn't allow os_compute_api:os-keypairs to be performed.");
        }
        return user;
    }

    private static void unknownBefore(Call call, JsonObject wanted, String field, int minor) {
        if (wanted.containsKey(field) && !call.version().atLeast(minor)) {
            throw ApiFault.badRequest(
                    "Invalid input for field/attribute keypair. Additional properties are not allowed ('" + field
                            + "' was unexpected; it is there from version 2." + minor + " on)");
        }
    }

    private static JsonObject brief(Call call, KeyPair pair) {
        JsonObject view = new JsonObject()
                .put("name", pair.name())
                .put("public_key", pair.publicKey())
                .put("fingerprint", pair.fingerprint());
        return call.version().atLeast(WITH_TYPE) ? view.put("type", pair.type()) : view;
    }

    /** The key of that name of the caller, or a 400 as in a create. */
    static @Nullable String required(KeyPairs pairs, Call call, @Nullable String name) {
        if (name != null && pairs.find(call.caller().user(), name).isEmpty()) {
            throw ApiFault.badRequest("Invalid key_name provided.");
        }
        return name;
    }
}
