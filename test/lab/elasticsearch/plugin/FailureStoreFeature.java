import java.util.Set;
import org.elasticsearch.cluster.metadata.DataStream;
import org.elasticsearch.features.FeatureSpecification;
import org.elasticsearch.features.NodeFeature;

/** The failure store works only where every node says that it has it; the module that says so is not in these servers. */
public final class FailureStoreFeature implements FeatureSpecification {
  @Override
  public Set<NodeFeature> getFeatures() {
    return Set.of(DataStream.DATA_STREAM_FAILURE_STORE_FEATURE);
  }
}
