package io.holdfast.api.nova;

import io.holdfast.api.http.ApiFault;
import io.holdfast.api.http.Call;
import io.holdfast.compute.Instances;
import io.holdfast.compute.KeyPairs;
import io.holdfast.compute.Particulars;
import io.holdfast.model.ImageId;
import io.vertx.core.json.JsonObject;
import java.util.List;
import java.util.Map;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;

/** What a rebuild says of the new instance. What it does not say stays as it is. */
final class RebuildRequest {

    /** From which version on Nova has it. */
    private static final Map<String, Integer> SINCE = Map.of(
            "description", 19, "key_name", 54, "user_data", 57, "trusted_image_certificates", 63, "hostname", 90);

    private static final List<String> UNSUPPORTED =
            List.of("adminPass", "personality", "accessIPv4", "accessIPv6", "trusted_image_certificates");

    private RebuildRequest() {}

    static Instances.Rebuild read(Call call, KeyPairs pairs) {
        JsonObject wanted = call.body().getJsonObject("rebuild");
        SINCE.forEach((field, minor) -> CreateRequest.refuseBefore(call, wanted, field, minor));
        if (call.version().atLeast(57) && wanted.containsKey("personality")) {
            throw ApiFault.badRequest("Invalid input for field/attribute rebuild. Additional properties are not allowed"
                    + " ('personality' was unexpected)");
        }
        UNSUPPORTED.forEach(field -> {
            if (!CreateRequest.isNeutral(wanted.getValue(field))) {
                throw CreateRequest.refused(
                        field, "is not supported: " + CreateRequest.UNSUPPORTED.getOrDefault(field, ""));
            }
        });
        CreateRequest.requireManual(wanted);
        String name = wanted.getString("name");
        return new Instances.Rebuild(
                Servers.id(wanted.getString("imageRef"), ImageId::parse)
                        .orElseThrow(() ->
                                ApiFault.badRequest("Image " + wanted.getString("imageRef") + " could not be found.")),
                name == null ? null : name.strip(),
                wanted.containsKey("metadata") ? Servers.strings(wanted.getJsonObject("metadata")) : null,
                particulars(call, wanted, pairs),
                userData(wanted));
    }

    private static UnaryOperator<Particulars> particulars(Call call, JsonObject wanted, KeyPairs pairs) {
        String hostname = CreateRequest.hostname(call, wanted.getString("hostname"));
        String key = KeyPairsProxy.required(pairs, call, wanted.getString("key_name"));
        return said -> {
            Particulars now = said;
            if (wanted.containsKey("description")) {
                now = now.withDescription(wanted.getString("description"));
            }
            if (wanted.containsKey("key_name")) {
                now = now.withKeyName(key);
            }
            return hostname == null ? now : now.withHostname(hostname);
        };
    }

    private static @Nullable String userData(JsonObject wanted) {
        String data = CreateRequest.userData(wanted);
        return data == null && wanted.containsKey("user_data") ? "" : data;
    }
}
