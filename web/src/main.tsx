/** The page: search by photo, see why each hit matched. Speaks to the server it came from, and to nothing else. */
import { render } from 'preact';
import { App } from './app.tsx';
import 'virtual:visual-language.css';
import './style/page.css';
import './style/search.css';
import './style/why.css';
import './style/catalogue.css';

render(<App />, document.querySelector('#app')!);
