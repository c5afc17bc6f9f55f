package io.holdfast.api.http;

import io.vertx.core.http.HttpServerRequest;
import io.vertx.json.schema.OutputUnit;
import io.vertx.openapi.validation.SchemaValidationException;
import io.vertx.openapi.validation.ValidatorErrorType;
import io.vertx.openapi.validation.ValidatorException;
import java.util.List;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/** What a request has against the contract, in words for its sender. */
public final class Violations {

    private static final int LENGTH_MAX = 500;

    private Violations() {}

    /** 415 when the body is of another type than the contract names, else 400. */
    public static int status(ValidatorException violation, HttpServerRequest request) {
        String type = request.getHeader("Content-Type");
        boolean otherType = violation.type() == ValidatorErrorType.UNSUPPORTED_VALUE_FORMAT
                || (violation.type() == ValidatorErrorType.MISSING_REQUIRED_PARAMETER && type != null && !isJson(type));
        return otherType && type != null && !isJson(type) ? 415 : 400;
    }

    public static String message(ValidatorException violation) {
        String text = String.valueOf(violation.getMessage());
        // A parameter's message names the parameter; a body's only says that the body is wrong.
        if (violation instanceof SchemaValidationException schema && !text.contains(" parameter ")) {
            OutputUnit deepest = deepest(schema.getOutputUnit());
            if (deepest != null) {
                String where = deepest.getInstanceLocation() == null
                        ? ""
                        : deepest.getInstanceLocation().replaceFirst("^#/?", "");
                text = "Invalid input" + (where.isEmpty() ? "" : " for field/attribute " + where) + ". "
                        + deepest.getError();
            }
        }
        return text.length() > LENGTH_MAX ? text.substring(0, LENGTH_MAX) : text;
    }

    /** The error nearest to the value that is wrong; the ones above it only say that something below is wrong. */
    private static @Nullable OutputUnit deepest(OutputUnit root) {
        List<OutputUnit> errors = root == null || root.getErrors() == null ? List.of() : root.getErrors();
        OutputUnit best = null;
        int depth = -1;
        for (OutputUnit one : errors) {
            int length = one.getInstanceLocation() == null
                    ? 0
                    : one.getInstanceLocation().split("/", -1).length;
            if (one.getError() != null && length > depth) {
                best = one;
                depth = length;
            }
        }
        return best;
    }

    private static boolean isJson(String type) {
        return type.toLowerCase(Locale.ROOT).startsWith("application/json");
    }
}
