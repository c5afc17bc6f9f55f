package io.holdfast.api;

import io.vertx.core.Future;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.json.Json;
import io.vertx.core.json.JsonObject;
import io.vertx.ext.web.RoutingContext;
import io.vertx.ext.web.openapi.router.OpenAPIRoute;
import io.vertx.ext.web.openapi.router.RequestExtractor;
import io.vertx.json.schema.JsonSchema;
import io.vertx.json.schema.common.dsl.SchemaType;
import io.vertx.openapi.contract.Location;
import io.vertx.openapi.contract.Operation;
import io.vertx.openapi.contract.Parameter;
import io.vertx.openapi.contract.Style;
import io.vertx.openapi.validation.RequestParameter;
import io.vertx.openapi.validation.ValidatableRequest;
import io.vertx.openapi.validation.impl.RequestParameterImpl;
import io.vertx.openapi.validation.impl.ValidatableRequestImpl;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * Takes out of a request what its contract is held against: each parameter of the path as the router found it, which is what the policy was
 * asked about; each of the query as {@link io.holdfast.api.http.Call#asked} has it; headers as they came. All of them decoded once.
 *
 * <p>The library's own looks for parameters in the path as it was written, counts its slashes, and decodes everything a second time, headers
 * too; and its check reads texts as JSON where they can be read so, and splits lists at what it takes for their separator. So texts are given to
 * it as JSON texts, which come out as what they were.
 */
final class Parameters implements RequestExtractor {

    private static final RequestParameter NOTHING = new RequestParameterImpl(null);

    /** @throws IllegalStateException when a contract has a parameter of a kind that would not come out as it was sent */
    static void requireKnown(List<OpenAPIRoute> routes) {
        for (OpenAPIRoute route : routes) {
            for (Parameter parameter : route.getOperation().getParameters()) {
                if (!isKnown(parameter)) {
                    throw new IllegalStateException(route.getOperation().getOperationId() + " has a parameter "
                            + parameter.getName() + " of a kind that is not read here");
                }
            }
        }
    }

    private static boolean isKnown(Parameter parameter) {
        boolean plain = parameter.getStyle() == (parameter.getIn() == Location.QUERY ? Style.FORM : Style.SIMPLE);
        return switch (parameter.getSchemaType()) {
            case STRING, INTEGER, BOOLEAN -> plain && parameter.getIn() != Location.COOKIE;
            case ARRAY ->
                plain
                        && parameter.getIn() == Location.QUERY
                        && parameter.isExplode()
                        && isListOfTexts(parameter.getSchema());
            case null, default -> false;
        };
    }

    private static boolean isListOfTexts(JsonSchema schema) {
        return schema.get("items") instanceof JsonObject items && "string".equals(items.getValue("type"));
    }

    @Override
    public Future<ValidatableRequest> extractValidatableRequest(RoutingContext context, Operation operation) {
        Map<String, RequestParameter> headers = new HashMap<>();
        Map<String, RequestParameter> path = new HashMap<>();
        Map<String, RequestParameter> query = new HashMap<>();
        for (Parameter parameter : operation.getParameters()) {
            String name = parameter.getName();
            switch (parameter.getIn()) {
                case HEADER ->
                    headers.put(name, one(parameter, context.request().getHeader(name)));
                case PATH -> path.put(name, one(parameter, context.pathParam(name)));
                case QUERY ->
                    query.put(name, of(parameter, context.queryParams().getAll(name)));
                case COOKIE -> throw new IllegalStateException("a cookie, which requireKnown does not let pass");
            }
        }
        if (operation.getRequestBody() == null) {
            return Future.succeededFuture(new ValidatableRequestImpl(Map.of(), headers, path, query));
        }
        Buffer body = context.body().buffer();
        return Future.succeededFuture(new ValidatableRequestImpl(
                Map.of(),
                headers,
                path,
                query,
                new RequestParameterImpl(body),
                context.request().getHeader("Content-Type")));
    }

    private static RequestParameter of(Parameter parameter, List<String> values) {
        if (values.isEmpty() || parameter.getSchemaType() != SchemaType.ARRAY) {
            return one(parameter, values.isEmpty() ? null : values.getFirst());
        }
        return new RequestParameterImpl(values.stream()
                .map(value -> parameter.getName() + "=" + text(value))
                .collect(Collectors.joining("&")));
    }

    private static RequestParameter one(Parameter parameter, @Nullable String value) {
        if (value == null) {
            return NOTHING;
        }
        return new RequestParameterImpl(parameter.getSchemaType() == SchemaType.STRING ? text(value) : value);
    }

    /** As JSON, and without the character that separates the elements of a list. */
    private static String text(String value) {
        return Json.encode(value).replace("&", "\\u0026");
    }
}
