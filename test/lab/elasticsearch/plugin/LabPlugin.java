import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.regex.Pattern;
import org.apache.lucene.analysis.TokenStream;
import org.apache.lucene.analysis.email.UAX29URLEmailTokenizer;
import org.apache.lucene.analysis.miscellaneous.RemoveDuplicatesTokenFilter;
import org.apache.lucene.analysis.pattern.PatternCaptureGroupTokenFilter;
import org.elasticsearch.common.settings.Settings;
import org.elasticsearch.index.analysis.PreConfiguredTokenFilter;
import org.elasticsearch.index.analysis.PreConfiguredTokenizer;
import org.elasticsearch.index.analysis.TokenFilterFactory;
import org.elasticsearch.index.mapper.Mapper;
import org.elasticsearch.index.mapper.TextFieldMapper;
import org.elasticsearch.indices.analysis.AnalysisModule.AnalysisProvider;
import org.elasticsearch.plugins.AnalysisPlugin;
import org.elasticsearch.plugins.MapperPlugin;
import org.elasticsearch.plugins.Plugin;

/**
 * What the servers on Maven Central lack of a whole Elasticsearch, as far as the lab needs it: the three pieces of text
 * analysis without which the index of API keys cannot be made, and a field type that the failure store's mapping names.
 * match_only_text is a stand-in here (a plain text field), so nothing may be concluded from it about the real one.
 */
public final class LabPlugin extends Plugin implements AnalysisPlugin, MapperPlugin {
  @Override
  public Map<String, AnalysisProvider<TokenFilterFactory>> getTokenFilters() {
    AnalysisProvider<TokenFilterFactory> capture = (indexSettings, environment, name, settings) -> captureFilter(name, settings);
    return Map.of("pattern_capture", AnalysisPlugin.requiresAnalysisSettings(capture));
  }

  private static TokenFilterFactory captureFilter(String name, Settings settings) {
    List<Pattern> patterns = new ArrayList<>();
    for (String pattern : settings.getAsList("patterns")) patterns.add(Pattern.compile(pattern));
    boolean keepOriginal = settings.getAsBoolean("preserve_original", true);
    return new TokenFilterFactory() {
      @Override
      public String name() {
        return name;
      }

      @Override
      public TokenStream create(TokenStream input) {
        return new PatternCaptureGroupTokenFilter(input, keepOriginal, patterns.toArray(Pattern[]::new));
      }
    };
  }

  @Override
  public List<PreConfiguredTokenFilter> getPreConfiguredTokenFilters() {
    return List.of(PreConfiguredTokenFilter.singleton("unique", false, RemoveDuplicatesTokenFilter::new));
  }

  @Override
  public List<PreConfiguredTokenizer> getPreConfiguredTokenizers() {
    return List.of(PreConfiguredTokenizer.singleton("uax_url_email", UAX29URLEmailTokenizer::new));
  }

  @Override
  public Map<String, Mapper.TypeParser> getMappers() {
    return Map.of("match_only_text", TextFieldMapper.PARSER);
  }
}
