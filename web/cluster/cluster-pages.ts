// What shows the cluster: a chunk of its own, so that the graph is there first.
import '../styles/cluster.css';
import '../styles/cluster-views.css';
import '../styles/scrubber.css';

export { ClusterPage } from './cluster-page.tsx';
export { ClusterPanel } from './cluster-panel.tsx';
