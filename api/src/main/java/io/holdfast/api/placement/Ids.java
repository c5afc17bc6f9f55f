package io.holdfast.api.placement;

import io.holdfast.api.http.ApiFault;
import io.holdfast.api.http.Call;
import io.holdfast.api.http.PlacementFaults;
import io.holdfast.placement.Provider;
import io.holdfast.placement.Providers;
import java.util.Optional;
import java.util.UUID;
import java.util.regex.Pattern;

/** Ids as clients write them, with hyphens or without. */
final class Ids {

    private static final Pattern HEX = Pattern.compile("[0-9a-fA-F]{32}");

    private Ids() {}

    static Optional<UUID> read(String text) {
        String digits = text.replace("-", "");
        if (!HEX.matcher(digits).matches()) {
            return Optional.empty();
        }
        return Optional.of(new UUID(
                Long.parseUnsignedLong(digits.substring(0, 16), 16), Long.parseUnsignedLong(digits.substring(16), 16)));
    }

    /** Of a body, where the contract has seen it. */
    static UUID of(String text) {
        return read(text).orElseThrow(() -> ApiFault.badRequest("'" + text + "' is not a 'uuid'"));
    }

    /** Of a query. */
    static UUID asked(String parameter, String text) {
        return read(text)
                .orElseThrow(() -> new ApiFault(
                        400,
                        PlacementFaults.BAD_VALUE,
                        "Invalid query string parameters: '" + parameter + "': '" + text + "' is not a 'uuid'"));
    }

    /** The provider of the path; 404 when it is not there. */
    static Provider provider(Call call, Providers providers) {
        return read(call.path("uuid")).flatMap(providers::find).orElseThrow(() -> unknown(call.path("uuid")));
    }

    /** Its id; 404 for what cannot be one. */
    static UUID providerId(Call call) {
        return read(call.path("uuid")).orElseThrow(() -> unknown(call.path("uuid")));
    }

    private static ApiFault unknown(String provider) {
        return ApiFault.notFound("No resource provider with uuid " + provider + " found");
    }
}
