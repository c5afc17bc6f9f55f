package io.holdfast.api;

import io.vertx.core.file.FileSystem;
import io.vertx.core.http.HttpMethod;
import io.vertx.core.json.JsonObject;
import io.vertx.json.schema.Draft;
import io.vertx.json.schema.JsonSchema;
import io.vertx.json.schema.JsonSchemaOptions;
import io.vertx.json.schema.SchemaRepository;
import io.vertx.json.schema.Validator;
import io.vertx.openapi.contract.OpenAPIContract;
import io.vertx.openapi.contract.OpenAPIVersion;
import io.vertx.openapi.contract.Operation;
import io.vertx.openapi.contract.Path;
import io.vertx.openapi.contract.SecurityRequirement;
import io.vertx.openapi.contract.SecurityScheme;
import io.vertx.openapi.contract.Server;
import java.util.Collections;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Map;

/**
 * A contract whose schemas keep their validators.
 *
 * <p>The library makes one anew for each body and each parameter of each request, and copies the table of all the contract's schemas for it:
 * a twelfth of the processor time of a controller under load. A validator keeps nothing of what it has checked, so one for each schema does.
 */
record KeptValidators(OpenAPIContract contract, SchemaRepository kept) implements OpenAPIContract {

    static OpenAPIContract of(OpenAPIContract contract) {
        return new KeptValidators(contract, new Repository(contract.getSchemaRepository()));
    }

    @Override
    public SchemaRepository getSchemaRepository() {
        return kept;
    }

    @Override
    public Operation operation(String operationId) {
        return contract.operation(operationId);
    }

    @Override
    public List<Operation> operations() {
        return contract.operations();
    }

    @Override
    public List<Path> getPaths() {
        return contract.getPaths();
    }

    @Override
    public JsonObject getRawContract() {
        return contract.getRawContract();
    }

    @Override
    public OpenAPIVersion getVersion() {
        return contract.getVersion();
    }

    @Override
    public List<Server> getServers() {
        return contract.getServers();
    }

    @Override
    public Path findPath(String urlPath) {
        return contract.findPath(urlPath);
    }

    @Override
    public Operation findOperation(String urlPath, HttpMethod method) {
        return contract.findOperation(urlPath, method);
    }

    @Override
    public List<SecurityRequirement> getSecurityRequirements() {
        return contract.getSecurityRequirements();
    }

    @Override
    public SecurityScheme securityScheme(String name) {
        return contract.securityScheme(name);
    }

    private static final class Repository implements SchemaRepository {

        /** A contract has some hundreds of schemas; what is beyond was not made with it, and is not kept. */
        private static final int KEPT_MAX = 10_000;

        private final SchemaRepository all;
        // By identity: to compare two schemas takes longer than to make a validator.
        private final Map<JsonSchema, Validator> validators = Collections.synchronizedMap(new IdentityHashMap<>());

        Repository(SchemaRepository all) {
            this.all = all;
        }

        @Override
        public Validator validator(JsonSchema schema) {
            Validator known = validators.get(schema);
            if (known != null) {
                return known;
            }
            Validator made = all.validator(schema);
            if (validators.size() < KEPT_MAX) {
                validators.put(schema, made);
            }
            return made;
        }

        @Override
        public Validator validator(String ref) {
            return all.validator(ref);
        }

        @Override
        public Validator validator(String ref, JsonSchemaOptions options) {
            return all.validator(ref, options);
        }

        @Override
        public Validator validator(JsonSchema schema, JsonSchemaOptions options, boolean dereference) {
            return all.validator(schema, options, dereference);
        }

        @Override
        public SchemaRepository dereference(JsonSchema schema) {
            return all.dereference(schema);
        }

        @Override
        public SchemaRepository dereference(String uri, JsonSchema schema) {
            return all.dereference(uri, schema);
        }

        @Override
        public SchemaRepository preloadMetaSchema(FileSystem files) {
            return all.preloadMetaSchema(files);
        }

        @Override
        public SchemaRepository preloadMetaSchema(FileSystem files, Draft draft) {
            return all.preloadMetaSchema(files, draft);
        }

        @Override
        public JsonObject resolve(JsonObject schema) {
            return all.resolve(schema);
        }

        @Override
        public JsonSchema find(String pointer) {
            return all.find(pointer);
        }
    }
}
