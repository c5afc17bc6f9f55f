package io.holdfast.api.placement;

import io.holdfast.api.http.ApiService;
import io.holdfast.api.http.FaultShape;
import io.holdfast.api.http.Microversion;
import io.holdfast.api.http.Microversions;
import io.holdfast.api.http.Operation;
import io.holdfast.api.http.PlacementFaults;
import io.holdfast.api.http.Policy;
import io.holdfast.api.http.Resources;
import io.holdfast.api.http.Rule;
import io.holdfast.placement.Allocations;
import io.holdfast.placement.Providers;
import io.holdfast.placement.Words;
import io.vertx.core.http.HttpMethod;
import java.time.InstantSource;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Set;

/** Placement's API, microversions 1.0 to 1.39. */
public record PlacementApi(String contract, Map<String, Operation> operations) implements ApiService {

    static final String PREFIX = "/placement";
    static final String PROVIDERS = PREFIX + "/resource_providers";

    static final Microversions VERSIONS =
            new Microversions("placement", null, new Microversion(1, 0), new Microversion(1, 39));

    private static final FaultShape FAULTS = new PlacementFaults(VERSIONS);

    /** Answered without a token; the contract says {@code security: []}. */
    private static final Set<String> OPEN = Set.of(PREFIX, PREFIX + "/");

    /** A project's usages are shown to those who work in it; {@link UsagesProxy} looks which. */
    public static final Policy POLICY = Policy.table()
            .put(Rule.OPEN, "listPlacementVersions")
            .put(Rule.READER, "listUsages")
            .put(
                    Rule.ADMIN,
                    "listProviders",
                    "createProvider",
                    "showProvider",
                    "updateProvider",
                    "deleteProvider",
                    "listInventories",
                    "setInventories",
                    "createInventory",
                    "deleteInventories",
                    "showInventory",
                    "setInventory",
                    "deleteInventory",
                    "showProviderUsages",
                    "listProviderAggregates",
                    "setProviderAggregates",
                    "listProviderTraits",
                    "setProviderTraits",
                    "deleteProviderTraits",
                    "listProviderAllocations",
                    "setAllocations",
                    "showAllocations",
                    "setConsumerAllocations",
                    "deleteAllocations",
                    "listAllocationCandidates",
                    "listResourceClasses",
                    "createResourceClass",
                    "showResourceClass",
                    "putResourceClass",
                    "deleteResourceClass",
                    "listTraits",
                    "showTrait",
                    "putTrait",
                    "deleteTrait",
                    "reshape")
            .done();

    public PlacementApi {
        operations = Map.copyOf(operations);
    }

    public static PlacementApi of(Providers providers, Allocations allocations, Words words, InstantSource clock) {
        Fresh fresh = new Fresh(clock);
        Map<String, Operation> operations = new LinkedHashMap<>();
        operations.put("listPlacementVersions", Versions::list);
        operations.putAll(new ProvidersProxy(providers, words, fresh).operations());
        operations.putAll(new InventoriesProxy(providers, fresh).operations());
        operations.putAll(new AggregatesProxy(providers, fresh).operations());
        operations.putAll(new TraitsProxy(providers, words, fresh).operations());
        operations.putAll(new ResourceClassesProxy(words, fresh).operations());
        operations.putAll(new AllocationsProxy(providers, allocations, fresh).operations());
        operations.putAll(new UsagesProxy(providers, allocations, fresh).operations());
        operations.putAll(new CandidatesProxy(providers, words, fresh).operations());
        return new PlacementApi(Resources.text("/openapi/placement.yaml"), operations);
    }

    @Override
    public String type() {
        return "placement";
    }

    @Override
    public String prefix() {
        return PREFIX;
    }

    @Override
    public Policy policy() {
        return POLICY;
    }

    @Override
    public boolean isOpen(HttpMethod method, String path) {
        return OPEN.contains(path);
    }

    @Override
    public Microversions microversions(String path) {
        return VERSIONS;
    }

    @Override
    public FaultShape faults() {
        return FAULTS;
    }
}
